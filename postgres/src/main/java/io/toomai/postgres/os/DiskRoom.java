package io.toomai.postgres.os;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Whether a server's file systems take more data. Where little room is left a small file is
/// written and removed, as the server's own user: what counts as full is the file system's word.
///
/// One thread of its own, because looking at a disk may hang; for one caller at a time.
public final class DiskRoom implements AutoCloseable {
    /// With more room than this nothing is tried: two segments of WAL.
    private static final long PLENTY = 32L << 20;

    private static final int PIECE = 64 << 10;

    /// Base backups and pg_rewind leave out what is named so.
    private static final String NAME = "pgsql_tmp_toomai";

    private final List<Path> directories;
    private final ExecutorService looker =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("disk-room").factory());
    private Optional<Future<Optional<String>>> underWay = Optional.empty();

    /// @param dataDirectory its `pg_wal` may be on another file system
    public DiskRoom(Path dataDirectory) {
        this.directories = List.of(dataDirectory, dataDirectory.resolve("pg_wal"));
    }

    /// What is full; empty where there is room, or where it cannot be told in time.
    public Optional<String> full(Duration patience) throws InterruptedException {
        Future<Optional<String>> look = underWay.orElseGet(() -> looker.submit(this::look));
        underWay = Optional.of(look);
        try {
            Optional<String> full = look.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            underWay = Optional.empty();
            return full;
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the room on the disk cannot be told", e.getCause());
        }
    }

    /// Whether less is left than work on the data may need. May hang with the disk.
    public boolean isScarce() {
        return directories.stream().anyMatch(DiskRoom::hasLittle);
    }

    private Optional<String> look() {
        return directories.stream().filter(DiskRoom::isFull).map(Path::toString).findFirst();
    }

    private static boolean isFull(Path directory) {
        return hasLittle(directory) && takesNothing(directory);
    }

    private static boolean hasLittle(Path directory) {
        try {
            return Files.getFileStore(directory).getUsableSpace() < PLENTY;
        } catch (IOException e) {
            return false; // it is gone, or not ours to read: others tell that
        }
    }

    private static boolean takesNothing(Path directory) {
        Path file = directory.resolve(NAME);
        try {
            Files.write(file, new byte[PIECE]);
            return false;
        } catch (IOException e) {
            String why = String.valueOf(e.getMessage());
            return why.contains("No space left") || why.contains("quota exceeded");
        } finally {
            remove(file);
        }
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        looker.shutdownNow();
    }
}
