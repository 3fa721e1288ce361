package io.toomai.core.ha;

import io.toomai.core.model.MonoTime;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// What must survive from one cycle to the next; everything else is read anew.
///
/// @param primaryDownSince when the leader's PostgreSQL was first seen dead
/// @param crashes when the leader's PostgreSQL was seen dead lately, oldest first
/// @param handOverSince when this node began to give the lead away
/// @param cloneNotBefore earliest moment of the next attempt after a failed clone or rewind
/// @param rewindFailed why the last rewind failed, until it is dealt with
/// @param slots about replication slots
/// @param doubt about the leader, while it is not heard
/// @param prePromote what the pre-promote script was asked and has answered
/// @param raceBackoff while the vacant key may be left to a primary from which WAL still comes
/// @param hold while the clients of proxies wait for a switchover
public record HaMemory(
        Optional<MonoTime> primaryDownSince,
        List<MonoTime> crashes,
        Optional<MonoTime> handOverSince,
        Optional<MonoTime> cloneNotBefore,
        Optional<String> rewindFailed,
        SlotMemory slots,
        SyncMemory sync,
        Optional<Doubt> doubt,
        PrePromote prePromote,
        Optional<RaceBackoff> raceBackoff,
        Optional<Hold> hold) {

    public static final HaMemory EMPTY =
            new HaMemory(
                    Optional.empty(),
                    List.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    SlotMemory.EMPTY,
                    SyncMemory.EMPTY,
                    Optional.empty(),
                    new PrePromote.NotAsked(),
                    Optional.empty(),
                    Optional.empty());

    public HaMemory {
        crashes = List.copyOf(crashes);
    }

    /// The same fields, to be changed one at a time.
    private static final class Draft {
        Optional<MonoTime> primaryDownSince;
        List<MonoTime> crashes;
        Optional<MonoTime> handOverSince;
        Optional<MonoTime> cloneNotBefore;
        Optional<String> rewindFailed;
        SlotMemory slots;
        SyncMemory sync;
        Optional<Doubt> doubt;
        PrePromote prePromote;
        Optional<RaceBackoff> raceBackoff;
        Optional<Hold> hold;

        Draft(HaMemory from) {
            primaryDownSince = from.primaryDownSince;
            crashes = from.crashes;
            handOverSince = from.handOverSince;
            cloneNotBefore = from.cloneNotBefore;
            rewindFailed = from.rewindFailed;
            slots = from.slots;
            sync = from.sync;
            doubt = from.doubt;
            prePromote = from.prePromote;
            raceBackoff = from.raceBackoff;
            hold = from.hold;
        }
    }

    private HaMemory changed(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new HaMemory(
                draft.primaryDownSince,
                draft.crashes,
                draft.handOverSince,
                draft.cloneNotBefore,
                draft.rewindFailed,
                draft.slots,
                draft.sync,
                draft.doubt,
                draft.prePromote,
                draft.raceBackoff,
                draft.hold);
    }

    public HaMemory withPrimaryDownSince(Optional<MonoTime> since) {
        return changed(draft -> draft.primaryDownSince = since);
    }

    /// The leader's PostgreSQL is dead; a death that was not noted yet counts as one more.
    HaMemory withPrimaryDown(MonoTime now) {
        if (primaryDownSince.isPresent()) {
            return this;
        }
        Stream<MonoTime> lately =
                crashes.stream()
                        .filter(then ->
                                now.since(then).compareTo(HaSettings.PrimaryLimits.CRASH_WINDOW)
                                        < 0);
        return changed(draft -> {
            draft.primaryDownSince = Optional.of(now);
            draft.crashes = Stream.concat(lately, Stream.of(now)).toList();
        });
    }

    /// Nothing of what went wrong before counts any more: this node leads, and its server runs.
    HaMemory settled() {
        return changed(draft -> {
            draft.primaryDownSince = Optional.empty();
            draft.handOverSince = Optional.empty();
            draft.cloneNotBefore = Optional.empty();
            draft.rewindFailed = Optional.empty();
        });
    }

    public HaMemory withHandOverSince(Optional<MonoTime> since) {
        return changed(draft -> draft.handOverSince = since);
    }

    public HaMemory withCloneNotBefore(Optional<MonoTime> moment) {
        return changed(draft -> draft.cloneNotBefore = moment);
    }

    public HaMemory withRewindFailed(Optional<String> why) {
        return changed(draft -> draft.rewindFailed = why);
    }

    public HaMemory withSlots(SlotMemory next) {
        return changed(draft -> draft.slots = next);
    }

    public HaMemory withSync(SyncMemory next) {
        return changed(draft -> draft.sync = next);
    }

    public HaMemory withDoubt(Optional<Doubt> next) {
        return changed(draft -> draft.doubt = next);
    }

    public HaMemory withPrePromote(PrePromote next) {
        return changed(draft -> draft.prePromote = next);
    }

    HaMemory withRaceBackoff(Optional<RaceBackoff> next) {
        return changed(draft -> draft.raceBackoff = next);
    }

    public HaMemory withHold(Optional<Hold> next) {
        return changed(draft -> draft.hold = next);
    }
}
