package io.toomai.cli.proxy;

import io.toomai.cli.Console;
import io.toomai.proxy.config.Configuration.Loading;
import io.toomai.proxy.config.NamedFile;
import io.toomai.proxy.config.ValuesOf;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// `-d`: starts the proxy as a process of its own and returns when that one serves, or has failed.
/// A JVM cannot fork, so the process is started anew with the same words.
final class Background {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long LOOK_MILLIS = 50;

    private Background() {}

    /// @return exit status
    static int start(ProxyOptions options, Console console, Map<String, String> environment) {
        try {
            Loading loading = Source.of(options.file(), environment).load();
            return switch (loading) {
                case Loading.Rejected(var problems) -> {
                    problems.forEach(problem -> console.warn(problem.toString()));
                    yield 1;
                }
                case Loading.Loaded(var configuration, _) ->
                        start(options, console, configuration.settings().values());
            };
        } catch (IOException e) {
            console.warn("cannot read " + options.file() + ": " + NamedFile.why(e));
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private static int start(ProxyOptions options, Console console, ValuesOf values)
            throws IOException, InterruptedException {
        Optional<String> pidfile = values.given("pidfile");
        if (pidfile.isEmpty()) {
            console.warn("-d needs pidfile in " + options.file());
            return 1;
        }
        if (values.given("logfile").isEmpty() && !values.isOn("syslog")) {
            console.warn("-d needs logfile or syslog in " + options.file());
            return 1;
        }
        Path said = Files.createTempFile("toomai-proxy", ".out");
        Process process =
                new ProcessBuilder(command(options))
                        .redirectInput(new File("/dev/null"))
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .start();
        boolean serves = serves(process, new PidFile(Path.of(pidfile.get())));
        if (!serves) {
            String why = Files.readString(said).strip();
            if (process.isAlive()) {
                why += "\nthe proxy does not serve after " + PATIENCE.toSeconds() + " s";
            } else if (why.isEmpty()) {
                why = "the proxy has ended; see " + values.given("logfile").orElse("syslog");
            }
            console.warn(why.strip());
        }
        Files.deleteIfExists(said);
        return serves ? 0 : 1;
    }

    private static List<String> command(ProxyOptions options) {
        List<String> command = new ArrayList<>();
        if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
            command.add("/usr/bin/setsid");
        }
        String launcher = System.getProperty("toomai.launcher", "");
        if (launcher.isEmpty()) {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
            command.add(System.getProperty("java.class.path"));
            command.add("io.toomai.cli.Main");
        } else {
            command.add(launcher);
        }
        command.addAll(options.inForeground());
        return command;
    }

    /// The pidfile is written once it listens.
    private static boolean serves(Process process, PidFile pidfile)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() - end < 0) {
            if (pidfile.running().filter(found -> found.pid() == process.pid()).isPresent()) {
                return true;
            }
            if (process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                return false;
            }
        }
        return false;
    }
}
