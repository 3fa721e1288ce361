package io.toomai.agent.failsafe;

import io.toomai.core.model.MonoTime;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/// Until when this node has promised not to take the leader key, kept where the process that
/// follows a killed one finds it.
///
/// A mapped page, as for the lease: it survives a killed process at once and a crashed machine once
/// it was forced to disk. After a restart of the machine its monotonic clock tells nothing; the
/// promise then lasts its whole length from the opening of the file, which is later than the
/// question was.
final class PromiseFile {
    private static final int SIZE = 32;
    private static final int UNTIL = 16;
    private static final int LASTING = 24;

    private final MappedByteBuffer page;

    private PromiseFile(MappedByteBuffer page) {
        this.page = page;
    }

    static PromiseFile open(Path path, MonoTime now) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        path,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE)) {
            UUID boot =
                    UUID.fromString(
                            Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
            return new PromiseFile(channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE))
                    .since(boot, now);
        }
    }

    /// A file of another boot is made one of this boot. The boot comes last: a process that is
    /// killed before repeats the step.
    private PromiseFile since(UUID boot, MonoTime now) {
        boolean another =
                page.getLong(0) != boot.getMostSignificantBits()
                        || page.getLong(8) != boot.getLeastSignificantBits();
        if (another) {
            if (page.getLong(UNTIL) != 0) {
                page.putLong(UNTIL, now.plus(Duration.ofNanos(page.getLong(LASTING))).nanos());
            }
            page.putLong(0, boot.getMostSignificantBits());
            page.putLong(8, boot.getLeastSignificantBits());
        }
        return this;
    }

    Optional<MonoTime> until() {
        long moment = page.getLong(UNTIL);
        return moment == 0 ? Optional.empty() : Optional.of(new MonoTime(moment));
    }

    /// @param lasting the whole length, for after a restart of the machine
    void write(MonoTime until, Duration lasting) {
        page.putLong(LASTING, Math.max(page.getLong(LASTING), lasting.toNanos()));
        page.putLong(UNTIL, until.nanos());
    }

    void clear() {
        page.putLong(UNTIL, 0);
        page.putLong(LASTING, 0);
    }

    /// Waits for the disk.
    void force() {
        page.force();
    }
}
