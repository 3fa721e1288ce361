package io.toomai.postgres.create;

import io.toomai.postgres.os.DurableFiles;
import java.nio.file.Path;

/// A file with a secret that lives as long as one program needs it.
record PasswordFile(Path file) implements AutoCloseable {
    static PasswordFile write(Path file, String text) {
        DurableFiles.write(file, text);
        return new PasswordFile(file);
    }

    @Override
    public void close() {
        DurableFiles.delete(file);
    }
}
