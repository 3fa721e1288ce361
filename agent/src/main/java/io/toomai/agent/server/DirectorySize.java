package io.toomai.agent.server;

import io.toomai.core.model.ByteSize;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/// How much a directory holds, links not followed.
final class DirectorySize {
    private DirectorySize() {}

    static ByteSize of(Path directory) {
        Adder adder = new Adder();
        try {
            Files.walkFileTree(directory, adder);
        } catch (IOException e) {
            throw new ServerException(directory + " cannot be measured: " + e.getMessage(), e);
        }
        return new ByteSize(adder.bytes);
    }

    private static final class Adder extends SimpleFileVisitor<Path> {
        private long bytes;

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            bytes += attributes.size();
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) {
            // Files of a running server come and go.
            return FileVisitResult.CONTINUE;
        }
    }
}
