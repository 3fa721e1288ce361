package io.toomai.cli.proxy;

import io.toomai.agent.ServiceNotice;
import io.toomai.agent.SignalHook;
import io.toomai.agent.log.LogSetup;
import io.toomai.cli.Version;
import io.toomai.postgres.os.QuitSignal;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Configuration.Loading;
import io.toomai.proxy.config.NamedFile;
import io.toomai.proxy.config.ValuesOf;
import io.toomai.proxy.console.Command;
import io.toomai.proxy.console.Command.Shutdown.Manner;
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
            return switch (load(options, source)) {
                case Loading.Rejected(var problems) -> {
                    problems.forEach(System.err::println);
                    source.readAs().ifPresent(System.err::println);
                    yield 1;
                }
                case Loading.Loaded(var configuration, var warnings) ->
                        new ProxyRun(options, source).run(configuration, warnings, environment);
            };
        } catch (IOException e) {
            System.err.println("cannot read " + options.file() + ": " + NamedFile.why(e));
            return 1;
        }
    }

    /// What it says, unless nobody could hear of it.
    private static Loading load(ProxyOptions options, Source source) throws IOException {
        Loading loading = source.load();
        if (loading instanceof Loading.Loaded(var configuration, _)) {
            List<Problem> problems = ProxyLog.problems(options, configuration.settings().values());
            return problems.isEmpty() ? loading : new Loading.Rejected(problems);
        }
        return loading;
    }

    private int run(
            Configuration configuration, List<Warning> warnings, Map<String, String> environment) {
        ValuesOf values = configuration.settings().values();
        ProxyLog.apply(options, values);
        tell(warnings);
        otherUser(options, values, System.getProperty("user.name")).ifPresent(log::warn);
        Optional<PidFile> pidfile = values.given("pidfile").map(Path::of).map(PidFile::new);
        ServiceNotice notice = ServiceNotice.of(environment);
        try {
            Optional<ProcessHandle> other = other(pidfile);
            Optional<String> obstacle = other.flatMap(found -> obstacle(found, pidfile, values));
            if (obstacle.isPresent()) {
                refuse(obstacle.get());
                return 1;
            }
            try (Source.Running running = source.start(configuration, this);
                    Metrics _ = Metrics.start(values, running.proxy(), other)) {
                Proxy proxy = running.proxy();
                takePlace(proxy, pidfile, other);
                hook(proxy);
                proxy.places().forEach(place -> log.info("listening on {}", place));
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
            refuse(message(e));
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } finally {
            LogSetup.close();
        }
    }

    /// What to say where somebody else was to run it: only the launcher can change that, and it
    /// does not read all that the settings are read from.
    ///
    /// @param me who runs it
    static Optional<String> otherUser(ProxyOptions options, ValuesOf values, String me) {
        return options.user()
                .or(() -> values.given("user"))
                .filter(asked -> !asked.equals(me))
                .map(asked ->
                        "runs as %s, not as %s, whom %s names: start it as %s, or as root with -u %s"
                                .formatted(
                                        me,
                                        asked,
                                        options.user().isPresent() ? "-u" : "the setting user",
                                        asked,
                                        asked));
    }

    /// Why it cannot begin while another one runs.
    private Optional<String> obstacle(
            ProcessHandle other, Optional<PidFile> pidfile, ValuesOf values) {
        if (options.start() == ProxyOptions.Start.ALONE) {
            return Optional.of(
                    "pidfile %s names process %d, which lives: is it running already?"
                            .formatted(pidfile.orElseThrow(), other.pid()));
        }
        if (!Kinship.isProxy(other)) {
            return Optional.of(
                    "pidfile %s names process %d, which is no proxy as far as can be told (%s): remove the file if it is out of date"
                            .formatted(
                                    pidfile.orElseThrow(),
                                    other.pid(),
                                    other.info().command().orElse("its program is not known")));
        }
        return values.list("listen_addr").isEmpty() || values.isOn("so_reuseport")
                ? Optional.empty()
                : Optional.of(
                        "-R needs so_reuseport = 1, with which process %d must have begun, too: both"
                                        .formatted(other.pid())
                                + " listen on the same port meanwhile");
    }

    /// Said at the terminal even if that is to be quiet: nothing is going to run.
    private void refuse(String why) {
        log.error("{}", why);
        if (options.terminal() == ProxyOptions.Terminal.QUIET) {
            System.err.println(why);
        }
    }

    /// The last that can fail: where it does, whoever ran before is found and reached as before.
    private static void takePlace(
            Proxy proxy, Optional<PidFile> pidfile, Optional<ProcessHandle> other)
            throws IOException {
        try {
            if (pidfile.isPresent()) {
                pidfile.get().write();
            }
            proxy.takeOver();
        } catch (IOException e) {
            if (pidfile.isPresent() && other.isPresent()) {
                restore(pidfile.get(), other.get(), e);
            }
            throw e;
        }
    }

    private static void restore(PidFile pidfile, ProcessHandle other, IOException why) {
        try {
            pidfile.write(other);
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    private static Optional<ProcessHandle> other(Optional<PidFile> pidfile) throws IOException {
        return pidfile.isPresent() ? pidfile.get().running() : Optional.empty();
    }

    /// It stops listening, and ends when its clients have gone.
    private static void release(ProcessHandle other) {
        log.info(
                "asking process {} to end when its clients have gone, or at once if it has been"
                        + " asked before",
                other.pid());
        if (!other.destroy()) { // SIGTERM
            log.warn("process {} cannot be asked: it goes on beside this one", other.pid());
        }
    }

    private static String message(IOException e) {
        Throwable cause = e.getCause();
        return cause == null ? NamedFile.why(e) : e.getMessage() + ": " + cause.getMessage();
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

    /// Not while the file is read again: each opens the log anew.
    @Override
    public synchronized Optional<String> log(ValuesOf values) {
        List<Problem> problems = ProxyLog.problems(options, values);
        if (problems.isEmpty()) {
            ProxyLog.apply(options, values);
        }
        return problems.stream().map(Problem::message).findFirst();
    }

    @Override
    public synchronized Reread reread() {
        try {
            return switch (load(options, source)) {
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
                                    "cannot be read: " + NamedFile.why(e))));
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
    public Beginning beginning() {
        return options.start() == ProxyOptions.Start.TAKE_OVER
                ? Beginning.TAKES_OVER
                : Beginning.ALONE;
    }

    @Override
    public void end() {
        ended.countDown();
    }
}
