package io.toomai.dcs.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How this member came to be, until that is over: the file `start` in the store's directory. It is
/// on the disk before anything is done because of it, and goes when the member has served.
final class StartRecord {
    private static final Pattern READY = Pattern.compile("founding ([0-9a-f]+)");
    private static final String JOINING = "joining";

    private final Path file;

    StartRecord(Path directory) {
        this.file = directory.resolve("start");
    }

    /// What the file says.
    sealed interface Entry {
        /// A member as any other.
        record None() implements Entry {}

        /// Has promised to found a store with the voters of that digest.
        record Founding(String list) implements Entry {}

        /// Came without data to a store that has some.
        record Joining() implements Entry {}
    }

    Path file() {
        return file;
    }

    Entry read() throws IOException {
        if (!Files.exists(file)) {
            return new Entry.None();
        }
        String text = Files.readString(file).strip();
        Matcher ready = READY.matcher(text);
        if (ready.matches()) {
            return new Entry.Founding(ready.group(1));
        }
        if (text.equals(JOINING)) {
            return new Entry.Joining();
        }
        throw new IOException(
                file
                        + " cannot be read; if the other voters run, stop this node, empty the directory of the store and start it: it joins them");
    }

    void founding(String list) throws IOException {
        durably(file, "founding " + list + "\n");
    }

    void joining() throws IOException {
        durably(file, JOINING + "\n");
    }

    void clear() throws IOException {
        Files.deleteIfExists(file);
        force(directoryOf(file));
    }

    /// The whole text or the one before, also after a power loss.
    static void durably(Path file, String text) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(fresh, text, StandardCharsets.UTF_8);
        force(fresh);
        Files.move(
                fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        force(directoryOf(file));
    }

    static void force(Path path) throws IOException {
        StandardOpenOption how =
                Files.isDirectory(path) ? StandardOpenOption.READ : StandardOpenOption.WRITE;
        try (FileChannel channel = FileChannel.open(path, how)) {
            channel.force(true);
        }
    }

    private static Path directoryOf(Path file) throws IOException {
        Path directory = file.getParent();
        if (directory == null) {
            throw new IOException(file + " has no directory");
        }
        return directory;
    }
}
