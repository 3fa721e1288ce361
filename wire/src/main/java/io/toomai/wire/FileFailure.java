package io.toomai.wire;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/// Turns a failed file operation into a [WireException] that names the path and what is free there.
final class FileFailure {
    /// Less than one message of backup data: whatever the (translated) error text says, it is full.
    private static final long FULL_BELOW_BYTES = 32 * 1024;

    private FileFailure() {}

    static WireException of(Path path, IOException cause) {
        OptionalLong free = freeBytes(path);
        String reason = String.valueOf(cause.getMessage());
        boolean full =
                reason.contains("No space left on device")
                        || reason.contains("Disk quota exceeded")
                        || (free.isPresent() && free.getAsLong() < FULL_BELOW_BYTES);
        String room = free.isPresent() ? free.getAsLong() + " bytes free" : "free space unknown";
        return full
                ? new WireException(
                        WireException.Code.WIRE_DISK_FULL,
                        "no space left for " + path + " (" + room + "): " + reason,
                        cause)
                : new WireException(
                        WireException.Code.WIRE_FILE,
                        "cannot write " + path + " (" + room + "): " + describe(cause),
                        cause);
    }

    private static String describe(IOException cause) {
        return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }

    /// Free bytes of the file system that holds the path or its nearest existing parent.
    private static OptionalLong freeBytes(Path path) {
        Path existing = path.toAbsolutePath();
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            FileStore store = Files.getFileStore(existing);
            return OptionalLong.of(store.getUsableSpace());
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }
}
