package io.toomai.cli.proxy;

import io.toomai.agent.ServiceNotice;
import io.toomai.agent.SignalHook;
import io.toomai.agent.log.LogSetup;
import io.toomai.cli.Version;
import io.toomai.postgres.os.QuitSignal;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Configuration.Loading;
import io.toomai.proxy.config.ValuesOf;
import io.toomai.proxy.console.Command;
import io.toomai.proxy.console.Command.Shutdown.Manner;
import io.toomai.proxy.net.MetricsListener;
import io.toomai.proxy.net.Proxy;
import io.toomai.proxy.net.Steward;
import io.toomai.settings.Problem;
import io.toomai.settings.Warning;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One run of the proxy as a program: its files, its log, PgBouncer's signals, its end.
public final class ProxyRun implements Steward {
    private static final Logger log = LoggerFactory.getLogger(ProxyRun.class);

    private final ProxyOptions options;
    private final Source source;
    private final Set<Warning> told = new HashSet<>();
    private final CountDownLatch ended = new CountDownLatch(1);

    private ProxyRun(ProxyOptions options, Source source) {
        this.options = options;
        this.source = source;
    }

    /// `toomai proxy FILE` without options.
    ///
    /// @return exit status
    public static int run(Path file, Map<String, String> environment) {
        return run(ProxyOptions.of(file), environment);
    }

    /// Runs until it is told to end.
    ///
    /// @return exit status
    static int run(ProxyOptions options, Map<String, String> environment) {
        ProxyLog.beforeSettings();
        try {
            Source source = Source.of(options.file(), environment);
            Loading loading = source.load();
            return switch (loading) {
                case Loading.Rejected(var problems) -> {
                    problems.forEach(System.err::println);
                    source.readAs().ifPresent(System.err::println);
                    yield 1;
                }
                case Loading.Loaded(var configuration, var warnings) ->
                        new ProxyRun(options, source).run(configuration, warnings, environment);
            };
        } catch (IOException e) {
            System.err.println("cannot read " + options.file() + ": " + e.getMessage());
            return 1;
        }
    }

    private int run(
            Configuration configuration, List<Warning> warnings, Map<String, String> environment) {
        ValuesOf values = configuration.settings().values();
        ProxyLog.apply(options, values);
        tell(warnings);
        Optional<PidFile> pidfile = values.given("pidfile").map(Path::of).map(PidFile::new);
        ServiceNotice notice = ServiceNotice.of(environment);
        try {
            Optional<ProcessHandle> other = other(pidfile);
            if (other.isPresent() && options.start() == ProxyOptions.Start.ALONE) {
                log.error(
                        "pidfile {} names process {}, which lives: is it running already?",
                        pidfile.orElseThrow(),
                        other.get().pid());
                return 1;
            }
            try (Source.Running running = source.start(configuration, this);
                    Ends _ = metrics(values, running.proxy())) {
                Proxy proxy = running.proxy();
                hook(proxy);
                if (pidfile.isPresent()) {
                    pidfile.get().write();
                }
                log.info("listening on {}", proxy.address());
                log.info("process up: toomai {}", Version.text());
                notice.ready();
                other.ifPresent(ProxyRun::release);
                ended.await();
                notice.stopping();
            }
            if (pidfile.isPresent()) {
                pidfile.get().remove();
            }
            log.info("process down");
            return 0;
        } catch (IOException e) {
            log.error("{}", message(e));
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } finally {
            LogSetup.close();
        }
    }

    /// Something that is ended without a fault.
    private interface Ends extends AutoCloseable {
        @Override
        void close();
    }

    private static Ends metrics(ValuesOf values, Proxy proxy) throws IOException {
        Optional<MetricsListener> listener = MetricsListener.of(values, proxy);
        listener.ifPresent(
                on -> log.info("metrics on http:/{}/metrics, statistics on /", on.address()));
        return () -> listener.ifPresent(MetricsListener::close);
    }

    private static Optional<ProcessHandle> other(Optional<PidFile> pidfile) throws IOException {
        return pidfile.isPresent() ? pidfile.get().running() : Optional.empty();
    }

    /// It stops listening, and ends when its clients have gone.
    private static void release(ProcessHandle other) {
        log.info("asking process {} to end when its clients have gone", other.pid());
        other.destroy(); // SIGTERM
    }

    private static String message(IOException e) {
        Throwable cause = e.getCause();
        return cause == null
                ? String.valueOf(e.getMessage())
                : e.getMessage() + ": " + cause.getMessage();
    }

    // ---- signals

    private void hook(Proxy proxy) {
        SignalHook.on("HUP", () -> proxy.order(new Command.Reload(), "SIGHUP"));
        SignalHook.on("USR1", () -> proxy.order(new Command.Pause(Optional.empty()), "SIGUSR1"));
        SignalHook.on("USR2", () -> proxy.order(new Command.Resume(Optional.empty()), "SIGUSR2"));
        // The second of these ends it at once.
        SignalHook.on(
                "TERM",
                () -> proxy.order(new Command.Shutdown(Manner.WAIT_FOR_CLIENTS), "SIGTERM"));
        SignalHook.on(
                "INT", () -> proxy.order(new Command.Shutdown(Manner.WAIT_FOR_SERVERS), "SIGINT"));
        QuitSignal.endsTheProcess();
    }

    // ---- as steward

    @Override
    public Reread reread() {
        try {
            return switch (source.load()) {
                case Loading.Loaded(var configuration, var warnings) -> {
                    source.taken();
                    ProxyLog.apply(options, configuration.settings().values());
                    tell(warnings);
                    yield new Reread.Read(configuration);
                }
                case Loading.Rejected(var problems) -> refused(problems);
            };
        } catch (IOException e) {
            return refused(
                    List.of(
                            new Problem(
                                    "",
                                    options.file().toString(),
                                    0,
                                    "cannot be read: " + e.getMessage())));
        }
    }

    private static Reread refused(List<Problem> problems) {
        problems.forEach(problem -> log.error("{}", problem));
        log.error("RELOAD failed: the settings that were in force stay");
        return new Reread.Failed(problems.stream().map(Problem::toString).toList());
    }

    /// Each once, however often the file is read.
    private void tell(List<Warning> warnings) {
        warnings.stream().filter(told::add).forEach(warning -> log.warn("{}", warning));
    }

    @Override
    public void end() {
        ended.countDown();
    }
}
