package io.toomai.postgres.os;

import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Small files that survive a crash, unless a method says otherwise: written beside, fsynced,
/// renamed, directory fsynced. All files are private to the owner (0600). When this process is
/// root, a file belongs to the owner of its directory, so that PostgreSQL can read it.
public final class DurableFiles {
    private static final Set<PosixFilePermission> PRIVATE =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private DurableFiles() {}

    /// What a write did.
    public enum Change {
        CHANGED,
        UNCHANGED;

        public Change or(Change other) {
            return this == CHANGED ? CHANGED : other;
        }
    }

    /// Text of a file; absent when there is none.
    public static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw failure("could not be read", file, e);
        }
    }

    /// A file whose encoding is the operator's affair; absent when there is none.
    public static Optional<byte[]> readBytes(Path file) {
        try {
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw failure("could not be read", file, e);
        }
    }

    /// Makes the file hold `text`; touches nothing when it does already.
    public static Change write(Path file, String text) {
        return write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /// Makes the file hold these bytes; touches nothing when it does already.
    public static Change write(Path file, byte[] content) {
        return uninterrupted(() -> writeNow(file, content, Lasting.CRASHES));
    }

    /// Makes the file hold `text` as long as the machine runs, whatever becomes of this process:
    /// for what says something of a process that runs. Spares two waits for the disk; a crash of
    /// the machine may leave anything there.
    public static Change writeForThisRun(Path file, String text) {
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        return uninterrupted(() -> writeNow(file, content, Lasting.WHILE_THE_MACHINE_RUNS));
    }

    private enum Lasting {
        CRASHES,
        WHILE_THE_MACHINE_RUNS
    }

    /// A channel is closed when its thread is interrupted; these few milliseconds are seen through,
    /// so that the clean-up after an interrupt works.
    private static <T> T uninterrupted(Supplier<T> work) {
        boolean interrupted = Thread.interrupted();
        try {
            return work.get();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static Change writeNow(Path file, byte[] wanted, Lasting lasting) {
        try {
            if (Files.isRegularFile(file)
                    && Files.size(file) == wanted.length
                    && java.util.Arrays.equals(Files.readAllBytes(file), wanted)) {
                return Change.UNCHANGED;
            }
            Path beside = file.resolveSibling(file.getFileName() + ".toomai-new");
            Files.deleteIfExists(beside);
            try (FileChannel channel =
                    FileChannel.open(
                            beside,
                            EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            java.nio.file.attribute.PosixFilePermissions.asFileAttribute(
                                    PRIVATE))) {
                ByteBuffer rest = ByteBuffer.wrap(wanted);
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
                if (lasting == Lasting.CRASHES) {
                    channel.force(true);
                }
            }
            takeOwnerOfDirectory(beside);
            Files.move(
                    beside,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            if (lasting == Lasting.CRASHES) {
                syncDirectory(directoryOf(file));
            }
            return Change.CHANGED;
        } catch (IOException e) {
            throw failure("could not be written", file, e);
        }
    }

    public static Change delete(Path file) {
        try {
            if (!Files.deleteIfExists(file)) {
                return Change.UNCHANGED;
            }
            syncDirectory(directoryOf(file));
            return Change.CHANGED;
        } catch (IOException e) {
            throw failure("could not be removed", file, e);
        }
    }

    /// Renames within one file system and makes that durable.
    public static void rename(Path from, Path to) {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
            syncDirectory(directoryOf(from));
            if (!directoryOf(from).equals(directoryOf(to))) {
                syncDirectory(directoryOf(to));
            }
        } catch (IOException e) {
            throw failure("could not be renamed to " + to, from, e);
        }
    }

    /// Makes names in a directory durable.
    public static void syncDirectory(Path directory) {
        uninterrupted(() -> syncNow(directory));
    }

    private static boolean syncNow(Path directory) {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
            return true;
        } catch (IOException e) {
            throw failure("could not be made durable", directory, e);
        }
    }

    /// As root: gives a file to whom its directory belongs.
    public static void takeOwnerOfDirectory(Path file) {
        try {
            Object mine = Files.getAttribute(file, "unix:uid");
            if (!mine.equals(0)) {
                return;
            }
            Path directory = directoryOf(file);
            Object owner = Files.getAttribute(directory, "unix:uid");
            if (!owner.equals(0)) {
                Files.setAttribute(file, "unix:gid", Files.getAttribute(directory, "unix:gid"));
                Files.setAttribute(file, "unix:uid", owner);
            }
        } catch (IOException e) {
            throw failure("could not be given to the owner of its directory", file, e);
        }
    }

    public static PostgresException failure(String what, Path file, IOException cause) {
        String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        if (reason.contains("No space left on device")) {
            return new PostgresException(
                    Code.DISK_FULL,
                    file + " " + what + ": the disk is full; free some space there",
                    cause);
        }
        String way =
                cause instanceof java.nio.file.AccessDeniedException
                        ? "; run Toomai as the user that owns it, or give it to that user (chown)"
                        : "";
        return new PostgresException(
                Code.FILE,
                file + " " + what + ": " + cause.getClass().getSimpleName() + " " + reason + way,
                cause);
    }

    private static Path directoryOf(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        return parent == null ? Path.of("/") : parent;
    }
}
