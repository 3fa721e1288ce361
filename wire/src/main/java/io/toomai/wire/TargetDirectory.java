package io.toomai.wire;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A directory that a backup may fill: taken only when it is empty or absent, owner-only (readable
/// by the group where the source is), and made durable as a whole at the end.
final class TargetDirectory {
    static final Set<PosixFilePermission> OWNER_DIRECTORY =
            Set.copyOf(PosixFilePermissions.fromString("rwx------"));
    static final Set<PosixFilePermission> OWNER_FILE =
            Set.copyOf(PosixFilePermissions.fromString("rw-------"));
    private static final int GROUP_READ = 0040;

    private TargetDirectory() {}

    /// Creates the directory, or takes an existing empty one.
    static void claim(Path path, int mode) {
        try {
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                requireEmpty(path);
            } else {
                Files.createDirectories(
                        path, PosixFilePermissions.asFileAttribute(OWNER_DIRECTORY));
            }
            Files.setPosixFilePermissions(path, directoryPermissions(mode));
        } catch (IOException e) {
            throw FileFailure.of(path, e);
        }
    }

    static Set<PosixFilePermission> directoryPermissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.copyOf(OWNER_DIRECTORY);
        if (groupReads(mode)) {
            permissions.add(PosixFilePermission.GROUP_READ);
            permissions.add(PosixFilePermission.GROUP_EXECUTE);
        }
        return permissions;
    }

    static Set<PosixFilePermission> filePermissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.copyOf(OWNER_FILE);
        if (groupReads(mode)) {
            permissions.add(PosixFilePermission.GROUP_READ);
        }
        return permissions;
    }

    static boolean groupReads(int mode) {
        return (mode & GROUP_READ) != 0;
    }

    /// Brings every file and directory under the path, and its own name, to disk.
    static void sync(Path root) {
        try {
            // A walk does not enter a root that is a link, as data directories often are.
            Files.walkFileTree(
                    root.toRealPath(),
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                                throws IOException {
                            if (attributes.isRegularFile()) {
                                force(file);
                            }
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult postVisitDirectory(
                                Path directory, @Nullable IOException e) throws IOException {
                            if (e != null) {
                                throw e;
                            }
                            force(directory);
                            return FileVisitResult.CONTINUE;
                        }
                    });
            Path parent = root.toAbsolutePath().getParent();
            if (parent != null) {
                force(parent);
            }
        } catch (IOException e) {
            throw FileFailure.of(root, e);
        }
    }

    /// Linux lets fsync work on what was opened for reading, directories included.
    static void force(Path path) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            throw FileFailure.of(path, e);
        }
    }

    private static void requireEmpty(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            throw new WireException(
                    WireException.Code.WIRE_TARGET,
                    path + " is not a directory; a backup needs an empty or absent one");
        }
        try (DirectoryStream<Path> content = Files.newDirectoryStream(path)) {
            for (Path found : content) {
                throw new WireException(
                        WireException.Code.WIRE_TARGET,
                        path
                                + " is not empty (it holds "
                                + found.getFileName()
                                + "); nothing was written, move the directory aside first");
            }
        }
    }
}
