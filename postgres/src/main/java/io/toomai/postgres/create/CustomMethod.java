package io.toomai.postgres.create;

import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.os.ChildProcess;
import io.toomai.postgres.os.Program;
import io.toomai.postgres.os.ShellWords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A command of the operator's, to which Toomai appends words. What it says goes to the log.
///
/// @param setting that holds the command, for messages; nothing else of it is shown, for an
///   argument may be a password
/// @param words appended, each as one word whatever it holds
public record CustomMethod(
        String setting,
        String command,
        List<String> words,
        Map<String, String> environment,
        Duration timeout) {
    private static final Logger log = LoggerFactory.getLogger(CustomMethod.class);

    public CustomMethod {
        words = List.copyOf(words);
        environment = Map.copyOf(environment);
    }

    CustomMethod with(Map<String, String> variables) {
        Map<String, String> more = new TreeMap<>(environment);
        more.putAll(variables);
        return new CustomMethod(setting, command, words, more, timeout);
    }

    /// @throws PostgresException `PROGRAM_FAILED` unless it exits with 0 in time; `INTERRUPTED`
    void run() {
        List<String> line = new ArrayList<>(ShellWords.split(command, setting));
        line.addAll(words);
        Program program =
                Program.of(line, timeout).onLine(text -> log.info("{}: {}", setting, text));
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            program = program.with(variable.getKey(), variable.getValue());
        }
        Program.Result result = ChildProcess.run(program);
        if (!result.succeeded()) {
            throw new PostgresException(
                    Code.PROGRAM_FAILED,
                    "the command of " + setting + " failed: " + result.explanation());
        }
    }

    /// Without what the command or its arguments say.
    @Override
    public String toString() {
        return setting;
    }
}
