package io.toomai.cli.proxy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/// Whether a process is a proxy that could be taken over from. A pidfile that outlived its process
/// may name any other by now, which must not be told to end.
final class Kinship {
    private static final String PGBOUNCER = "pgbouncer";

    private Kinship() {}

    /// By its program, and by its words where the system tells them.
    static boolean isProxy(ProcessHandle other) {
        Optional<String> program = program(other);
        if (program.equals(Optional.of(PGBOUNCER))) {
            return true;
        }
        return program.isPresent()
                && program.equals(program(ProcessHandle.current()))
                && other.info()
                        .arguments()
                        .filter(words -> !Arrays.asList(words).contains("proxy"))
                        .isEmpty();
    }

    /// Its name alone: an update may have put it elsewhere, or another in its place.
    private static Optional<String> program(ProcessHandle process) {
        return process.info()
                .command()
                .map(Path::of)
                .flatMap(path -> Optional.ofNullable(path.getFileName()))
                .map(name -> name.toString().replace(" (deleted)", ""));
    }
}
