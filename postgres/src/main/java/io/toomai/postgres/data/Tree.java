package io.toomai.postgres.data;

import io.toomai.postgres.os.DurableFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/// Removing directories. Symbolic links are removed, never followed; where PostgreSQL keeps data
/// behind links (WAL, tablespaces) that is asked for by name.
final class Tree {
    private Tree() {}

    static void delete(Path root) {
        try {
            Files.walkFileTree(root, new Remover());
        } catch (NoSuchFileException e) {
            return;
        } catch (IOException e) {
            throw DurableFiles.failure("could not be removed", root, e);
        }
    }

    /// Empties a directory but keeps it: it may be a mount point.
    static void empty(Path directory) {
        for (Path child : children(directory)) {
            delete(child);
        }
    }

    static List<Path> children(Path directory) {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(children::add);
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw DurableFiles.failure("could not be listed", directory, e);
        }
        return children;
    }

    /// Directories outside of a data directory that its links point to: WAL and tablespaces.
    static List<Path> linked(Path dataDirectory) {
        List<Path> links = new ArrayList<>();
        links.add(dataDirectory.resolve("pg_wal"));
        links.addAll(children(dataDirectory.resolve("pg_tblspc")));
        List<Path> targets = new ArrayList<>();
        for (Path link : links) {
            if (Files.isSymbolicLink(link)) {
                try {
                    targets.add(link.resolveSibling(Files.readSymbolicLink(link)).normalize());
                } catch (IOException e) {
                    throw DurableFiles.failure("could not be read", link, e);
                }
            }
        }
        return targets;
    }

    private static final class Remover extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw e;
        }

        @Override
        public FileVisitResult postVisitDirectory(
                Path directory, @org.jspecify.annotations.Nullable IOException e)
                throws IOException {
            if (e != null) {
                throw e;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
