package io.toomai.cli.proxy;

import io.toomai.proxy.config.NamedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// `pidfile`: says which process runs, so that no second one is started beside it.
final class PidFile {
    private final Path path;

    PidFile(Path path) {
        this.path = path;
    }

    /// The process that it names, if that lives and is another one: who was killed may be started
    /// anew with the same number, as in a container.
    Optional<ProcessHandle> running() throws IOException {
        return named().filter(process -> !process.equals(ProcessHandle.current()));
    }

    private Optional<ProcessHandle> named() throws IOException {
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        String text = Files.readString(path).strip();
        return text.matches("[1-9][0-9]{0,9}")
                ? ProcessHandle.of(Long.parseLong(text)).filter(ProcessHandle::isAlive)
                : Optional.empty();
    }

    void write() throws IOException {
        write(ProcessHandle.current());
    }

    void write(ProcessHandle process) throws IOException {
        try {
            Files.writeString(path, process.pid() + "\n");
        } catch (IOException e) {
            throw new IOException("cannot write pidfile " + path + ": " + NamedFile.why(e));
        }
    }

    /// Unless another process has written itself there meanwhile.
    void remove() throws IOException {
        if (named().filter(process -> process.equals(ProcessHandle.current())).isPresent()) {
            Files.delete(path);
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
