package io.toomai.cli.demo;

import io.toomai.cli.demo.DemoPlan.NodePlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// The demo's processes, found by what they run and where, and signals to them. Looks only at
/// processes whose settings file or working directory lies below the demo's folder.
final class Signals {
    private Signals() {}

    /// A signal by the name that `kill` knows.
    enum Signal {
        TERM,
        KILL,
        STOP,
        CONT
    }

    static void send(Signal signal, List<Long> pids) {
        if (pids.isEmpty()) {
            return;
        }
        var command = new ArrayList<>(List.of("kill", "-" + signal.name()));
        pids.forEach(pid -> command.add(Long.toString(pid)));
        Shell.run(10, command); // a process that is gone already is what was wanted
    }

    /// Agents that run with a settings file below the folder.
    static List<Long> agents(Path folder) {
        return agents(word -> word.startsWith(folder + "/") && word.endsWith("/patroni.yml"));
    }

    /// The agent of that node; more than one while one ends and another starts.
    static List<Long> agentsOf(NodePlan node) {
        return agents(word -> word.equals(node.config().toString()));
    }

    private static List<Long> agents(Predicate<String> settings) {
        return processes(process -> {
            String line = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
            List<String> words = List.of(line.split("\0", -1));
            return words.contains("agent") && words.stream().anyMatch(settings);
        });
    }

    /// PostgreSQL's processes below the folder: postmasters and their children.
    static List<Long> servers(Path folder) {
        return processes(process -> {
            Path cwd = Files.readSymbolicLink(process.resolve("cwd"));
            return cwd.toString().startsWith(folder + "/") && isPostgres(process);
        });
    }

    /// By the program file: PostgreSQL rewrites its command line.
    private static boolean isPostgres(Path process) throws IOException {
        String name = Files.readString(process.resolve("comm")).strip();
        return name.startsWith("postgres") || name.startsWith("pg_") || name.equals("initdb");
    }

    static Optional<Long> postmaster(NodePlan node) {
        try (var lines = Files.lines(node.data().resolve("postmaster.pid"))) {
            return lines.findFirst()
                    .map(String::strip)
                    .map(Long::valueOf)
                    .filter(pid -> isAlive(pid));
        } catch (IOException | NumberFormatException | java.io.UncheckedIOException e) {
            return Optional.empty();
        }
    }

    static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).isPresent();
    }

    @FunctionalInterface
    private interface Wanted {
        boolean test(Path process) throws IOException;
    }

    private static List<Long> processes(Wanted wanted) {
        var pids = new ArrayList<Long>();
        long self = ProcessHandle.current().pid();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : all) {
                long pid = Long.parseLong(process.getFileName().toString());
                if (pid != self && matches(process, wanted)) {
                    pids.add(pid);
                }
            }
        } catch (IOException e) {
            throw new DemoException(
                    DemoException.Code.NOT_STARTED, "cannot read /proc: " + e.getMessage());
        }
        return pids;
    }

    private static boolean matches(Path process, Wanted wanted) {
        try {
            return wanted.test(process);
        } catch (IOException e) {
            return false; // it ended meanwhile, or belongs to somebody else
        }
    }
}
