package io.toomai.postgres.sql;

import io.toomai.postgres.install.Launch;
import io.toomai.postgres.os.ProcessTable;
import io.toomai.postgres.server.PostmasterFile;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The Unix socket of the server on this node: the first that its postmaster says it listens on,
/// whether the directory is configured or PostgreSQL's default. Abstract ones (`@name`) are passed
/// over, as by Patroni. Thread-safe.
public final class LocalSocket {
    /// For servers elsewhere, and where TCP is wanted.
    public static final LocalSocket NONE =
            new LocalSocket(Path.of("/"), Launch.DIRECT, () -> false);

    private final Path dataDirectory;
    private final Launch launch;
    private final BooleanSupplier wanted;

    /// What one postmaster said. It is asked once, for the disk may hang when a probe connects.
    private final AtomicReference<@Nullable Said> said = new AtomicReference<>();

    /// @param startTicks tells the process from a later one of that number
    private record Said(long pid, long startTicks, Path file) {}

    /// @param wanted asked before each new connection, so that a reload may change it; waits for
    ///   nothing
    public LocalSocket(Path dataDirectory, Launch launch, BooleanSupplier wanted) {
        this.dataDirectory = dataDirectory;
        this.launch = launch;
        this.wanted = wanted;
    }

    /// The socket file for a new connection; empty = TCP, also while no server runs.
    Optional<Path> file() {
        if (!wanted.getAsBoolean()) {
            return Optional.empty();
        }
        Said last = said.get();
        if (last != null && isAlive(last)) {
            return Optional.of(last.file());
        }
        Optional<Said> now = ask();
        said.set(now.orElse(null));
        return now.map(Said::file);
    }

    private Optional<Said> ask() {
        return PostmasterFile.read(dataDirectory)
                .flatMap(file ->
                        file.socket(launch)
                                .flatMap(socket ->
                                        ProcessTable.find(file.pid())
                                                .map(process ->
                                                        new Said(
                                                                file.pid(),
                                                                process.startTicks(),
                                                                socket))));
    }

    private static boolean isAlive(Said said) {
        return ProcessTable.find(said.pid())
                .filter(process -> process.isAlive() && process.startTicks() == said.startTicks())
                .isPresent();
    }
}
