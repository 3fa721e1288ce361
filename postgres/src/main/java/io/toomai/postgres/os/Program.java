package io.toomai.postgres.os;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/// A program to run to its end: bounded in time, output kept up to a limit.
///
/// @param environment added to this process's environment, without its secrets (see `ChildProcess`)
/// @param onLine gets each line of output and errors as it comes, long ones in pieces; two threads
public record Program(
        List<String> command,
        Map<String, String> environment,
        Optional<Path> directory,
        Duration timeout,
        Consumer<String> onLine) {
    public Program {
        command = List.copyOf(command);
        environment = new TreeMap<>(environment);
    }

    public static Program of(List<String> command, Duration timeout) {
        return new Program(command, Map.of(), Optional.empty(), timeout, line -> {});
    }

    public Program with(String variable, String value) {
        Map<String, String> more = new TreeMap<>(environment);
        more.put(variable, value);
        return new Program(command, more, directory, timeout, onLine);
    }

    public Program with(Map<String, String> variables) {
        Map<String, String> more = new TreeMap<>(environment);
        more.putAll(variables);
        return new Program(command, more, directory, timeout, onLine);
    }

    public Program in(Path workingDirectory) {
        return new Program(command, environment, Optional.of(workingDirectory), timeout, onLine);
    }

    public Program onLine(Consumer<String> consumer) {
        return new Program(command, environment, directory, timeout, consumer);
    }

    /// How it ended.
    ///
    /// @param output standard output, its last part when it was long
    /// @param errors standard error, its last part when it was long
    public record Result(End end, int status, String output, String errors) {
        public boolean succeeded() {
            return end == End.EXITED && status == 0;
        }

        /// The reason in one text for messages: how it ended and what it said last.
        public String explanation() {
            String how =
                    switch (end) {
                        case EXITED -> "exit status " + status;
                        case TIMED_OUT -> "did not end in time and was killed";
                    };
            String said = errors.isBlank() ? output.strip() : errors.strip();
            return said.isEmpty() ? how : how + ": " + lastLines(said);
        }

        private static String lastLines(String text) {
            List<String> lines = new ArrayList<>(text.lines().toList());
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 8), lines.size()));
        }
    }

    /// Who ended it.
    public enum End {
        EXITED,
        TIMED_OUT
    }
}
