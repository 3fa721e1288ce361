package io.toomai.postgres.create;

import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.os.ChildProcess;
import io.toomai.postgres.os.Program;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A command of the operator's: a shell command line, to which Toomai appends words.
///
/// @param words appended, each as one word whatever it holds
public record CustomMethod(
        String name,
        String command,
        List<String> words,
        Map<String, String> environment,
        Duration timeout) {
    private static final Logger log = LoggerFactory.getLogger(CustomMethod.class);

    public CustomMethod {
        words = List.copyOf(words);
        environment = Map.copyOf(environment);
    }

    /// @throws PostgresException `PROGRAM_FAILED` unless it exits with 0 in time
    void run() {
        List<String> line = new ArrayList<>(List.of("/bin/sh", "-c", command + " \"$@\"", name));
        line.addAll(words);
        Program program =
                Program.of(line, timeout).onErrorLine(text -> log.info("{}: {}", name, text));
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            program = program.with(variable.getKey(), variable.getValue());
        }
        Program.Result result = ChildProcess.run(program);
        if (!result.succeeded()) {
            throw new PostgresException(
                    Code.PROGRAM_FAILED,
                    "command '" + command + "' (" + name + ") failed: " + result.explanation());
        }
    }
}
