package io.toomai.simulation;

import io.toomai.core.ha.ControlFacts;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.SlotFacts;
import io.toomai.core.ha.SlotPlan;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/// What outlives a server: its WAL, its control file, its slots, and what a bootstrap, a copy or a
/// rewind has left unfinished.
final class ModelDataDirectory {
    /// What the data directory holds.
    enum Holds {
        NOTHING,
        UNFINISHED_BOOTSTRAP,
        UNFINISHED_CLONE,
        DATA
    }

    private static final SystemIdentifier NO_SYSTEM = new SystemIdentifier("0000000000");

    Holds holds = Holds.NOTHING;
    SystemIdentifier system = NO_SYSTEM;
    LocalPostgres.StartsAs startsAs = LocalPostgres.StartsAs.PRIMARY;

    /// The last record that is durable.
    WalRecord head = WalRecord.first();

    /// The last record there is; what is after the head may be lost.
    WalRecord written = head;

    ControlFacts.State control = ControlFacts.State.SHUT_DOWN;
    WalRecord checkpoint = head;
    WalRecord minRecovery = head;

    /// The marker file of a rewind whose process is gone.
    private boolean abandonedRewind;

    private boolean halfRewound;
    private final TreeSet<String> slots = new TreeSet<>();

    void bootstrapped(SystemIdentifier id) {
        holds = Holds.DATA;
        system = id;
        reached(WalRecord.first());
        checkpoint = head;
        startsAs = LocalPostgres.StartsAs.PRIMARY;
    }

    void copyOf(ModelDataDirectory source) {
        holds = Holds.DATA;
        system = source.system;
        asIn(source);
        slots.clear();
    }

    /// The data is the source's, as of now.
    void asIn(ModelDataDirectory source) {
        reached(source.head);
        checkpoint = head.isIn(source.checkpoint) ? head : source.checkpoint;
        minRecovery = head;
        control = ControlFacts.State.IN_ARCHIVE_RECOVERY;
        startsAs = LocalPostgres.StartsAs.STANDBY;
        halfRewound = false;
        abandonedRewind = false;
    }

    /// All WAL up to this record is written and durable, and there is none after it.
    void reached(WalRecord record) {
        head = record;
        written = record;
    }

    void rewindBegins() {
        halfRewound = true;
    }

    /// Failed before anything was written.
    void rewindDeclined() {
        halfRewound = false;
    }

    /// Its process is gone; only a new copy helps if it had not finished.
    void rewindEnded() {
        abandonedRewind = halfRewound;
    }

    boolean isHalfRewound() {
        return halfRewound;
    }

    /// Data that cannot be used any more, or never could.
    boolean isUnfinished() {
        return holds != Holds.DATA || abandonedRewind;
    }

    /// Whether it can be started from.
    boolean isWhole() {
        return holds == Holds.DATA && !halfRewound && !abandonedRewind;
    }

    void remove() {
        holds = Holds.NOTHING;
        abandonedRewind = false;
        halfRewound = false;
    }

    void ensureSlots(SlotPlan plan) {
        plan.drop().forEach(slots::remove);
        plan.create().forEach(slot -> slots.add(slot.name()));
    }

    List<SlotFacts> slotFacts(Predicate<String> active) {
        return slots.stream()
                .map(s ->
                        new SlotFacts(
                                        s,
                                        SlotFacts.Kind.PHYSICAL,
                                        active.test(s)
                                                ? SlotFacts.Activity.ACTIVE
                                                : SlotFacts.Activity.INACTIVE,
                                        Optional.of(head.end()))
                                .with(Set.of(SlotFacts.Trait.MANAGED)))
                .toList();
    }

    ControlFacts controlFacts() {
        return new ControlFacts(
                system,
                control,
                checkpoint.timeline(),
                checkpoint.start(),
                control == ControlFacts.State.IN_PRODUCTION ? Lsn.ZERO : minRecovery.end(),
                control == ControlFacts.State.IN_PRODUCTION
                        ? Timeline.UNKNOWN
                        : minRecovery.timeline());
    }

    /// Whether this data and the other have each made a timeline of the same number: positions and
    /// numbers cannot tell them apart then.
    boolean collidesWith(ModelDataDirectory other) {
        boolean looksLikePrefix =
                head.timeline().equals(other.head.timeline())
                        || other.head.branch().history().stream()
                                .anyMatch(line ->
                                        line.timeline().equals(head.timeline())
                                                && !line.switchpoint().isBehind(head.end()));
        return looksLikePrefix && head.common(other.head) != head;
    }
}
