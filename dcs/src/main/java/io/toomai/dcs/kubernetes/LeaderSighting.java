package io.toomai.dcs.kubernetes;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/// Since when this process knows the leader's latest renewal, and so whether the leader's lease is
/// over. Kubernetes has no leases that end by themselves; decision 0015. Thread-safe, never waits.
///
/// A moment is taken after its record was seen, on this process's own clock; whatever was lost,
/// late or out of order makes it later, that is the leader look more alive. Who takes the key on
/// this judgement does so under the condition that the object is still the one that was judged.
final class LeaderSighting {
    private final Supplier<MonoTime> clock;
    private final Duration ttlIfNotTold;

    // Guarded by this.
    private Seen seen = new Seen(LeaderRecord.NOBODY, StoredObject.NO_VERSION, new MonoTime(0), 0);

    /// @param version of the object when it was seen last
    /// @param firstVersion of the object when this process first saw that holder
    private record Seen(LeaderRecord record, long version, MonoTime since, long firstVersion) {}

    /// What follows from the latest sighting.
    sealed interface Standing {
        /// @param term of the leader key
        record Held(LeaderRecord record, long term) implements Standing {}

        /// Nobody leads, or the lease of who does is over.
        ///
        /// @param lastTerm as in [LeaderKey.Vacant]
        record Vacant(long lastTerm) implements Standing {}
    }

    LeaderSighting(Supplier<MonoTime> clock, Duration ttlIfNotTold) {
        this.clock = clock;
        this.ttlIfNotTold = ttlIfNotTold;
    }

    /// A read that is not older than its call has seen the object.
    synchronized void read(StoredObject object) {
        see(object);
    }

    /// A watch, or a read that may be old, told of the object. What is not newer than the known one
    /// is not news.
    synchronized void heard(StoredObject object) {
        if (object.version() > seen.version()) {
            see(object);
        }
    }

    private void see(StoredObject object) {
        LeaderRecord record = LeaderRecord.of(object);
        boolean same = record.told().equals(seen.record().told());
        boolean sameHolder =
                record.leader().equals(seen.record().leader())
                        && record.acquired().equals(seen.record().acquired());
        seen =
                new Seen(
                        record,
                        object.version(),
                        same ? seen.since() : clock.get(),
                        sameHolder ? seen.firstVersion() : object.version());
    }

    /// Also while the object is missing: a leader whose object vanished may live and know nothing
    /// of it, so its lease is waited out.
    synchronized Standing standing() {
        LeaderRecord record = seen.record();
        return record.leader().isPresent() && clock.get().isBefore(end())
                ? new Standing.Held(record, term())
                : new Standing.Vacant(term());
    }

    /// A member of Patroni tells no term: the version at which it was first seen is as good, for it
    /// is later than that of the acquisition and so than any earlier term.
    private long term() {
        long untold =
                seen.record().leader().isPresent() ? seen.firstVersion() : LeaderKey.UNKNOWN_TERM;
        return seen.record().lease().map(LeaderRecord.Lease::term).orElse(untold);
    }

    private MonoTime end() {
        return seen.since().plus(seen.record().ttl().orElse(ttlIfNotTold));
    }

    /// When the lease of the leader will be over unless it is renewed; empty when nobody leads.
    synchronized Optional<MonoTime> endsAt() {
        return seen.record().leader().map(_ -> end());
    }
}
