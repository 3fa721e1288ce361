package io.toomai.agent.lease;

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

/// Until when the lease of this node runs, kept where the process that follows a killed one finds
/// it. So a restarted agent knows that PostgreSQL may go on as primary for that long.
///
/// A mapped page: writing it is a store to memory. The kernel keeps it when the process is killed;
/// the boot's identifier says when the machine was restarted, which ends PostgreSQL as well.
///
/// On a disk that stalls even that store may wait, in a page fault that nothing ends. So a thread
/// of the file's own stores, and the lease guard waits for it [#PATIENCE] at most. What is late is
/// an extension, and a process that comes after this one then believes in an earlier end; or the
/// end of a lease that was given up, after its PostgreSQL has ended.
public final class LeaseFile {
    private static final int SIZE = 32;

    /// Whether the process that wrote the file had armed the watchdog.
    enum WatchdogLeft {
        ASLEEP,
        ARMED
    }

    private static final Duration PATIENCE = Duration.ofMillis(100);

    private final MappedByteBuffer page;
    private final UUID boot;

    private final Object slot = new Object();
    private Note wanted;
    private Note stored;

    /// @param moment nanoseconds; 0 = no lease
    private record Note(long moment, WatchdogLeft watchdog) {}

    private LeaseFile(MappedByteBuffer page, UUID boot) {
        this.page = page;
        this.boot = boot;
        this.stored = new Note(page.getLong(16), left(page.getLong(24)));
        this.wanted = stored;
        Thread.ofPlatform().daemon().name("lease-file").start(this::run);
    }

    private static WatchdogLeft left(long number) {
        return number == 0 ? WatchdogLeft.ASLEEP : WatchdogLeft.ARMED;
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
    Optional<MonoTime> read() {
        boolean sameBoot =
                page.getLong(0) == boot.getMostSignificantBits()
                        && page.getLong(8) == boot.getLeastSignificantBits();
        long moment = page.getLong(16);
        return sameBoot && moment != 0 ? Optional.of(new MonoTime(moment)) : Optional.empty();
    }

    /// Of the process that the moment is from.
    WatchdogLeft watchdog() {
        return left(page.getLong(24));
    }

    void write(MonoTime moment) {
        synchronized (slot) {
            write(new Note(moment.nanos(), wanted.watchdog()));
        }
    }

    void write(WatchdogLeft left) {
        synchronized (slot) {
            write(new Note(wanted.moment(), left));
        }
    }

    void clear() {
        synchronized (slot) {
            write(new Note(0, WatchdogLeft.ASLEEP));
        }
    }

    /// Waits only where the thread was not stuck already.
    private void write(Note next) {
        boolean stuck = !stored.equals(wanted);
        wanted = next;
        slot.notifyAll();
        long end = System.nanoTime() + PATIENCE.toNanos();
        long left = PATIENCE.toNanos();
        try {
            while (!stuck && !stored.equals(wanted) && left > 0) {
                slot.wait(left / 1_000_000 + 1);
                left = end - System.nanoTime();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (true) {
                Note next;
                synchronized (slot) {
                    while (stored.equals(wanted)) {
                        slot.wait();
                    }
                    next = wanted;
                }
                page.putLong(0, boot.getMostSignificantBits());
                page.putLong(8, boot.getLeastSignificantBits());
                page.putLong(16, next.moment());
                page.putLong(24, next.watchdog() == WatchdogLeft.ARMED ? 1 : 0);
                synchronized (slot) {
                    stored = next;
                    slot.notifyAll();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
