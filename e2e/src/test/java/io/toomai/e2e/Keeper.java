package io.toomai.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The program that looks after a node's PostgreSQL. All of them read the same settings file.
enum Keeper {
    TOOMAI("", ""),
    /// Of Debian 12.
    PATRONI_3("TOOMAI_PATRONI3", "/var/cache/toomai-test/patroni3"),
    /// Of Debian 13.
    PATRONI_4("TOOMAI_PATRONI4", "/var/cache/toomai-test/patroni4");

    private final String variable;
    private final String usual;

    Keeper(String variable, String usual) {
        this.variable = variable;
        this.usual = usual;
    }

    /// Skips the test where this program is missing.
    void assumePresent() {
        if (this != TOOMAI) {
            Path program = program("patroni");
            assumeTrue(
                    Files.isExecutable(program),
                    () -> "no Patroni at " + program + " (" + variable + "); dev/test gets it");
        }
    }

    /// The command that runs a node with that settings file, not as root.
    List<String> agent(Path settings) {
        var command = new ArrayList<String>();
        if (this == TOOMAI) {
            command.addAll(Image.command());
            command.add("agent");
        } else {
            command.addAll(Processes.unprivileged());
            command.addAll(patroni("patroni"));
        }
        command.add(settings.toString());
        return command;
    }

    /// The command of the operator, with the settings file of some node.
    List<String> operator(Path settings) {
        var command =
                new ArrayList<>(this == TOOMAI ? Image.operatorCommand() : patroni("patronictl"));
        command.addAll(List.of("-c", settings.toString()));
        return command;
    }

    private List<String> patroni(String name) {
        return List.of(
                "env",
                "PYTHONPATH=" + folder().resolve("usr/lib/python3/dist-packages"),
                program(name).toString());
    }

    private Path program(String name) {
        return folder().resolve("usr/bin").resolve(name);
    }

    private Path folder() {
        return Path.of(Optional.ofNullable(System.getenv(variable)).orElse(usual));
    }
}
