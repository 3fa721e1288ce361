package io.toomai.cli.proxy;

import io.toomai.cli.Version;
import io.toomai.cli.command.Context;
import io.toomai.cli.command.UsageException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Runs the proxy alone, by a `pgbouncer.ini` or beside a cluster. The options are PgBouncer's.
@Command(name = "proxy", description = "Run the proxy alone: of a pgbouncer.ini, or of a cluster")
public final class ProxyCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE",
            description = "pgbouncer.ini, or a patroni.yml with toomai: proxy:")
    private @Nullable Path file;

    @Option(
            names = {"-d", "--daemon"},
            description = "Go on in the background, log to logfile or syslog only")
    private boolean daemon;

    @Option(
            names = {"-q", "--quiet"},
            description = "Do not log to standard error")
    private boolean quiet;

    @Option(
            names = {"-R", "--reboot"},
            description =
                    "Take over from the process of the pidfile: listen beside it, then let it end"
                            + " when its clients have gone (needs so_reuseport = 1)")
    private boolean reboot;

    @Option(
            names = {"-u", "--user"},
            paramLabel = "NAME",
            description = "Run as this user when started by root (environment: TOOMAI_USER)")
    private @Nullable String user;

    @Option(
            names = {"-v", "--verbose"},
            description = "Log more; twice: still more")
    private boolean[] verbose = {};

    @Option(
            names = {"-V", "--version"},
            description = "Print the version and exit")
    private boolean version;

    public ProxyCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        if (version) {
            context.console()
                    .line(
                            "toomai "
                                    + Version.text()
                                    + ", in the words of PgBouncer "
                                    + io.toomai.proxy.console.Console.VERSION);
            return 0;
        }
        if (file == null) {
            throw new UsageException("the settings file is missing: toomai proxy FILE");
        }
        ProxyOptions options =
                new ProxyOptions(
                        file.toAbsolutePath(),
                        quiet ? ProxyOptions.Terminal.QUIET : ProxyOptions.Terminal.LOGS,
                        reboot ? ProxyOptions.Start.TAKE_OVER : ProxyOptions.Start.ALONE,
                        verbose.length,
                        Optional.ofNullable(user));
        return daemon
                ? Background.start(options, context.console(), context.environment())
                : ProxyRun.run(options, context.environment());
    }
}
