package io.toomai.postgres.os;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads `/proc`. A process that vanishes while it is read is absent; one that may not be read
/// (another user's) has an unknown directory.
public final class ProcessTable {
    private static final Path PROC = Path.of("/proc");

    private ProcessTable() {}

    /// One process.
    ///
    /// @param command first 15 characters of the program's name
    /// @param startTicks start time in clock ticks since boot; tells a recycled pid from the old
    ///   one
    public record Entry(long pid, long parent, String command, State state, long startTicks) {
        public boolean isAlive() {
            return state == State.ALIVE;
        }
    }

    /// Whether a process can still do something. A zombie cannot.
    public enum State {
        ALIVE,
        DEAD
    }

    public static Optional<Entry> find(long pid) {
        try {
            return parseStat(Files.readString(PROC.resolve(Long.toString(pid)).resolve("stat")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// Working directory of a process; absent when it is dead or may not be looked at.
    public static Optional<Path> workingDirectory(long pid) {
        try {
            return Optional.of(
                    Files.readSymbolicLink(PROC.resolve(Long.toString(pid)).resolve("cwd")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// The words that a process was started with; empty when it may not be looked at.
    public static List<String> words(long pid) {
        return strings(pid, "cmdline");
    }

    private static List<String> strings(long pid, String file) {
        try {
            String all =
                    Files.readString(
                            PROC.resolve(Long.toString(pid)).resolve(file),
                            java.nio.charset.StandardCharsets.ISO_8859_1);
            return List.of(all.split("\0", -1));
        } catch (IOException e) {
            return List.of();
        }
    }

    /// Whether a process was started with that variable; no when it may not be looked at.
    public static boolean hasVariable(long pid, String name, String value) {
        return strings(pid, "environ").contains(name + "=" + value);
    }

    /// Whether a living process works in `directory`. One that may not be looked at counts as
    /// `unknown`.
    public static boolean worksIn(long pid, Path directory, WhenUnknown unknown) {
        Optional<Path> cwd = workingDirectory(pid);
        if (cwd.isEmpty()) {
            return unknown == WhenUnknown.YES;
        }
        try {
            return cwd.get().equals(directory.toRealPath());
        } catch (IOException e) {
            // Without the directory nobody works in it; its old processes show "(deleted)".
            return false;
        }
    }

    private static final long SIGKILL_BIT = 1L << (9 - 1);
    private static final long PF_EXITING = 0x4; // include/linux/sched.h

    /// Whether the process will never run its program again: it is gone, is on its way out in the
    /// kernel, or SIGKILL is pending on it. The kernel looks at that signal before it goes back to
    /// a program, from whatever it waits for, and a fork that is under way is given up.
    public static boolean isDoomed(long pid) {
        try {
            Path directory = PROC.resolve(Long.toString(pid));
            for (String line :
                    Files.readAllLines(
                            directory.resolve("status"),
                            java.nio.charset.StandardCharsets.ISO_8859_1)) {
                boolean pending = line.startsWith("SigPnd:") || line.startsWith("ShdPnd:");
                if (pending
                        && (Long.parseUnsignedLong(line.substring(7).strip(), 16) & SIGKILL_BIT)
                                != 0) {
                    return true;
                }
            }
            String stat = Files.readString(directory.resolve("stat"));
            String[] rest = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
            return parseStat(stat).filter(Entry::isAlive).isEmpty()
                    || (Long.parseLong(rest[6]) & PF_EXITING) != 0;
        } catch (IOException e) {
            return find(pid).isEmpty();
        }
    }

    /// What a process of another user is taken for.
    public enum WhenUnknown {
        YES,
        NO
    }

    /// Processes that pass no filter yet: all that there are.
    public static List<Entry> all() {
        List<Entry> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path entry : entries) {
                find(Long.parseLong(entry.getFileName().toString())).ifPresent(found::add);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("/proc could not be listed", e);
        }
        return found;
    }

    /// The form of proc_pid_stat(5): the name stands in parentheses and may hold any character.
    static Optional<Entry> parseStat(String stat) {
        int open = stat.indexOf('(');
        int close = stat.lastIndexOf(')');
        if (open < 0 || close < open) {
            return Optional.empty();
        }
        String[] rest = stat.substring(close + 1).strip().split(" ", -1);
        if (rest.length < 20) {
            return Optional.empty();
        }
        State state =
                switch (rest[0]) {
                    case "Z", "X", "x" -> State.DEAD;
                    default -> State.ALIVE;
                };
        return Optional.of(
                new Entry(
                        Long.parseLong(stat.substring(0, open).strip()),
                        Long.parseLong(rest[1]),
                        stat.substring(open + 1, close),
                        state,
                        Long.parseLong(rest[19])));
    }
}
