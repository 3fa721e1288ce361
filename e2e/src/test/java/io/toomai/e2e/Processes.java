package io.toomai.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// Processes of one folder, and commands run for tests. A process belongs to the folder that its
/// working directory lies below.
final class Processes {
    private Processes() {}

    /// A signal by the name that `kill` knows.
    enum Signal {
        TERM,
        KILL,
        STOP,
        CONT,
        HUP
    }

    static boolean isRoot() {
        return System.getProperty("user.name", "").equals("root");
    }

    static void send(Signal signal, List<Long> pids) {
        if (!pids.isEmpty()) {
            var command = new ArrayList<>(List.of("kill", "-" + signal.name()));
            pids.forEach(pid -> command.add(Long.toString(pid)));
            run(command.toArray(String[]::new)); // one that is gone already is what was wanted
        }
    }

    static List<Long> below(Path folder) {
        var pids = new ArrayList<Long>();
        long self = ProcessHandle.current().pid();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : all) {
                long pid = Long.parseLong(process.getFileName().toString());
                if (pid != self && isBelow(process, folder)) {
                    pids.add(pid);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return pids;
    }

    /// Nothing that was started with files of that folder may outlive it; a process that was
    /// started from elsewhere would.
    static void endWhoNames(Path folder) {
        Map<Long, String> left = new TreeMap<>();
        ProcessHandle.allProcesses()
                .filter(process -> isAlive(process.pid()))
                .forEach(process -> {
                    String command = process.info().commandLine().orElse("");
                    if (command.contains(folder + "/")) {
                        left.put(process.pid(), command);
                    }
                });
        send(Signal.KILL, List.copyOf(left.keySet()));
        if (!left.isEmpty()) {
            throw new AssertionError("left behind by the test: " + left);
        }
    }

    private static boolean isBelow(Path process, Path folder) {
        try {
            return Files.readSymbolicLink(process.resolve("cwd")).startsWith(folder);
        } catch (IOException e) {
            return false; // it ended meanwhile, or belongs to somebody else
        }
    }

    static void killBelow(Path folder) {
        for (int round = 0; round < 50; round++) {
            List<Long> left = below(folder).stream().filter(Processes::isAlive).toList();
            if (left.isEmpty()) {
                return;
            }
            send(Signal.KILL, left);
            pause(100);
        }
    }

    /// A zombie does not count.
    static boolean isAlive(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException e) {
            return false;
        }
    }

    static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /// How a command ended and what it said on both streams.
    record Ended(int status, String output) {}

    /// Runs the command; after two minutes it is killed and the test fails.
    static Ended run(String... command) {
        return run(Path.of("/"), command);
    }

    static Ended run(Path directory, String... command) {
        try {
            Path output = Files.createTempFile("toomai-e2e", ".out");
            try {
                Process process =
                        new ProcessBuilder(command)
                                .directory(directory.toFile())
                                .redirectErrorStream(true)
                                .redirectOutput(output.toFile())
                                .start();
                if (!process.waitFor(120, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError(
                            Arrays.toString(command) + " did not end: " + Files.readString(output));
                }
                return new Ended(process.exitValue(), Files.readString(output));
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /// In front of a command that shall not run as root.
    static List<String> unprivileged() {
        return isRoot()
                ? List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups")
                : List.of();
    }

    static Ended runUnprivileged(Path directory, String... command) {
        var whole = new ArrayList<>(unprivileged());
        whole.addAll(List.of(command));
        return run(directory, whole.toArray(String[]::new));
    }
}
