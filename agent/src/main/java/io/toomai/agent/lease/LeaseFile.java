package io.toomai.agent.lease;

import io.toomai.core.model.MonoTime;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;

/// Until when the lease of this node runs, kept where the process that follows a killed one finds
/// it. So a restarted agent knows that PostgreSQL may go on as primary for that long.
///
/// A mapped page: writing it is a store to memory, so the lease guard never waits for a disk. The
/// kernel keeps it when the process is killed; the boot's identifier says when the machine was
/// restarted, which ends PostgreSQL as well.
public final class LeaseFile {
    private static final int SIZE = 32;

    /// Whether the process that wrote the file had armed the watchdog.
    enum WatchdogLeft {
        ASLEEP,
        ARMED
    }

    private final MappedByteBuffer page;
    private final UUID boot;

    private LeaseFile(MappedByteBuffer page, UUID boot) {
        this.page = page;
        this.boot = boot;
    }

    /// Opens or creates the file.
    public static LeaseFile open(Path path) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        path,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE)) {
            return new LeaseFile(channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE), boot());
        }
    }

    private static UUID boot() throws IOException {
        return UUID.fromString(
                Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
    }

    /// The moment, of this boot's monotonic clock, at which PostgreSQL must begin to stop.
    synchronized Optional<MonoTime> read() {
        boolean sameBoot =
                page.getLong(0) == boot.getMostSignificantBits()
                        && page.getLong(8) == boot.getLeastSignificantBits();
        long moment = page.getLong(16);
        return sameBoot && moment != 0 ? Optional.of(new MonoTime(moment)) : Optional.empty();
    }

    synchronized void write(MonoTime moment) {
        page.putLong(0, boot.getMostSignificantBits());
        page.putLong(8, boot.getLeastSignificantBits());
        page.putLong(16, moment.nanos());
    }

    /// Of the process that the moment is from.
    synchronized WatchdogLeft watchdog() {
        return page.getLong(24) == 0 ? WatchdogLeft.ASLEEP : WatchdogLeft.ARMED;
    }

    synchronized void write(WatchdogLeft left) {
        page.putLong(24, left == WatchdogLeft.ARMED ? 1 : 0);
    }

    synchronized void clear() {
        page.putLong(16, 0);
        page.putLong(24, 0);
    }
}
