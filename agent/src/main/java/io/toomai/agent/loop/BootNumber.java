package io.toomai.agent.loop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;

/// The number of this start of the agent, greater than that of every start before: peers tell by it
/// which of two heartbeats is the later. It is the wall clock's, so that a lost file does no harm,
/// and kept in a file, so that a clock that was set back does none either.
public final class BootNumber {
    private BootNumber() {}

    /// Takes the next number.
    public static long next(Path file, Instant now) throws IOException {
        long next = Math.max(now.toEpochMilli(), last(file) + 1);
        Path written = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(written, next + "\n");
        Files.move(
                written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return next;
    }

    private static long last(Path file) throws IOException {
        try {
            String text = Files.readString(file).strip();
            return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
        } catch (NoSuchFileException e) {
            return 0;
        }
    }
}
