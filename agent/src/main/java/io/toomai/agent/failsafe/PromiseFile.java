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

/// Until when this node has promised not to take the leader key, and until when it promises nothing
/// because it took the key over; kept where the process that follows a killed one finds it.
///
/// A mapped page, as for the lease: it survives a killed process at once and a crashed machine once
/// it was forced to disk. After a restart of the machine its monotonic clock tells nothing; both
/// then last their whole length from the opening of the file, which is later than they began.
final class PromiseFile {
    private static final int SIZE = 48;
    private static final int UNTIL = 16;
    private static final int LASTING = 24;
    private static final int NOTHING_BEFORE = 32;
    private static final int FORMER_LEASE = 40;

    /// The takeover was under way when the process ended.
    private static final long UNDER_WAY = -1;

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
            if (page.getLong(NOTHING_BEFORE) != 0) {
                page.putLong(NOTHING_BEFORE, UNDER_WAY);
            }
            page.putLong(0, boot.getMostSignificantBits());
            page.putLong(8, boot.getLeastSignificantBits());
        }
        if (page.getLong(NOTHING_BEFORE) == UNDER_WAY) {
            tookOver(now);
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

    /// Before the key is taken over from a leader whose lease may last that long.
    void takingOver(Duration formerLease) {
        page.putLong(FORMER_LEASE, Math.max(page.getLong(FORMER_LEASE), formerLease.toNanos()));
        page.putLong(NOTHING_BEFORE, UNDER_WAY);
    }

    /// The key was taken over at that moment, or nobody knows.
    void tookOver(MonoTime now) {
        page.putLong(
                NOTHING_BEFORE, now.plus(Duration.ofNanos(page.getLong(FORMER_LEASE))).nanos());
    }

    /// When nothing of a former leader's lease is left; absent where this node took nothing over,
    /// or is about to.
    Optional<MonoTime> nothingBefore() {
        long moment = page.getLong(NOTHING_BEFORE);
        return moment == 0 || moment == UNDER_WAY
                ? Optional.empty()
                : Optional.of(new MonoTime(moment));
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
