package io.toomai.dcs;

import io.toomai.core.ha.Renewal;
import io.toomai.core.model.MonoTime;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/// Since when this process knows the leader's latest renewal. Thread-safe, never blocks.
///
/// Fed from two sides: by a watch, which makes the moment exact, and by reads, which make it
/// certain. A moment is taken after its revision was seen, and the two are only ever replaced
/// together. So `since` is never earlier than the renewal it stands for, whatever was lost, late or
/// out of order: an event that was never delivered, an election, a new session, a read that was
/// overtaken. Each of these can only make `since` later, that is the leader look more alive.
public final class RenewalSightings {
    private final Supplier<MonoTime> clock;
    private final AtomicReference<Optional<Renewal>> latest =
            new AtomicReference<>(Optional.empty());
    private volatile Shown shown = Shown.NOTHING;

    /// What the latest linearizable read showed.
    private enum Shown {
        NOTHING,
        RENEWALS
    }

    public RenewalSightings(Supplier<MonoTime> clock) {
        this.clock = clock;
    }

    /// A watch told of that revision. What is not newer than the known one is not news: a watch may
    /// lag behind a read, and going back would make `since` of the newer one later each time.
    public void heard(long revision) {
        latest.updateAndGet(known ->
                known.filter(renewal -> renewal.revision() >= revision)
                        .or(() -> Optional.of(new Renewal(revision, clock.get()))));
    }

    /// A read of any kind has seen the heartbeat key at that revision. Any other revision than the
    /// known one counts as new: a store that was set up anew counts from low again.
    ///
    /// @return that revision and since when it is known
    public Renewal seen(long revision) {
        return latest.updateAndGet(known ->
                        known.filter(renewal -> renewal.revision() == revision)
                                .or(() -> Optional.of(new Renewal(revision, clock.get()))))
                .orElseThrow();
    }

    /// A linearizable read has seen the heartbeat key at that revision; empty when there is no
    /// leader or one that does not write it.
    public void read(OptionalLong revision) {
        revision.ifPresent(this::seen);
        shown = revision.isPresent() ? Shown.RENEWALS : Shown.NOTHING;
    }

    /// The renewal that the latest linearizable read saw, or a later one that the watch has shown
    /// meanwhile.
    public Optional<Renewal> renewal() {
        return switch (shown) {
            case NOTHING -> Optional.empty();
            case RENEWALS -> latest.get();
        };
    }
}
