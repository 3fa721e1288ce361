package io.toomai.core.ha;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.Optional;

/// `primary_race_backoff`: a standby to which WAL still flows leaves the vacant key to the primary
/// whose agent is away (contract §5.7). It only ever waits, so nothing is less safe for it; the
/// wait ends when nothing has come for `loop_wait`, and with the setting's time. A takeover by
/// pledges is not held up: who has pledged receives nothing.
///
/// @param since when the key was first seen vacant
/// @param received the standby's position in the latest view
/// @param movedAt when that was first seen
public record RaceBackoff(MonoTime since, Lsn received, MonoTime movedAt) {

    /// Why this standby does not race now.
    static Optional<String> hindrance(HaView view, LocalPostgres.Standby standby) {
        if (!applies(view)) {
            return Optional.empty();
        }
        RaceBackoff seen = seen(view, standby);
        Duration limit = view.settings().primary().raceBackoff();
        boolean over = isOlder(view, seen.since(), limit);
        boolean begun = !isOlder(view, seen.since(), view.settings().loopWait());
        boolean flows = !isOlder(view, seen.movedAt(), view.settings().loopWait());
        return over || !(begun || flows)
                ? Optional.empty()
                : Optional.of(
                        "primary_race_backoff: WAL may still come from the primary, at "
                                + seen.received());
    }

    /// What is remembered after this view; nothing once the key is held. While the store does not
    /// answer the wait goes on.
    static HaMemory kept(HaView view, HaMemory memory) {
        if (view.store() instanceof StoreReading.Unreadable) {
            return memory;
        }
        return view.postgres() instanceof LocalPostgres.Standby standby && applies(view)
                ? memory.withRaceBackoff(Optional.of(seen(view, standby)))
                : memory.raceBackoff().isEmpty()
                        ? memory
                        : memory.withRaceBackoff(Optional.empty());
    }

    /// Whoever asked for a failover is not made to wait, nor one to whom the key is handed.
    private static boolean applies(HaView view) {
        return view.settings().primary().raceBackoff().isPositive()
                && view.cluster().leader() instanceof LeaderKey.Vacant
                && view.cluster().failover().isEmpty()
                && !view.settings().isPaused()
                && !StandbyLeaderPolicy.applies(view);
    }

    private static RaceBackoff seen(HaView view, LocalPostgres.Standby standby) {
        MonoTime now = view.now();
        Lsn received = standby.received();
        return view.memory()
                .raceBackoff()
                .map(last ->
                        received.equals(last.received())
                                ? last
                                : new RaceBackoff(last.since(), received, now))
                .orElseGet(() -> new RaceBackoff(now, received, now));
    }

    private static boolean isOlder(HaView view, MonoTime then, Duration age) {
        return view.now().since(then).compareTo(age) >= 0;
    }
}
