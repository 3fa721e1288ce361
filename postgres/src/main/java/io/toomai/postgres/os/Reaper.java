package io.toomai.postgres.os;

import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/// Reaps orphans that fell to this process because it is process 1 of a container (or a subreaper).
/// The JVM reaps what it started itself, at once; so only zombies that stay for `PATIENCE` are
/// taken and the JVM's own waits are never robbed. Not thread-safe: one owner calls `sweep`.
public final class Reaper {
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Supplier<MonoTime> clock;
    private Map<Zombie, MonoTime> seen = new HashMap<>();

    public Reaper(Supplier<MonoTime> clock) {
        this.clock = clock;
    }

    /// Looks once and returns how many were reaped. Cheap enough for every cycle.
    public int sweep() {
        long self = ProcessHandle.current().pid();
        MonoTime now = clock.get();
        Map<Zombie, MonoTime> still = new HashMap<>();
        int reaped = 0;
        for (ProcessTable.Entry entry : ProcessTable.all()) {
            if (entry.parent() != self || entry.isAlive()) {
                continue;
            }
            Zombie zombie = new Zombie(entry.pid(), entry.startTicks());
            MonoTime since = seen.getOrDefault(zombie, now);
            if (now.since(since).compareTo(PATIENCE) < 0) {
                still.put(zombie, since);
            } else if (LinuxCalls.reap(Math.toIntExact(entry.pid())) > 0) {
                reaped++;
            }
        }
        seen = still;
        return reaped;
    }

    private record Zombie(long pid, long startTicks) {}
}
