package io.toomai.core.ha;

import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What must survive from one cycle to the next; everything else is read anew.
///
/// @param primaryDownSince when the leader's PostgreSQL was first seen dead
/// @param crashes when the leader's PostgreSQL was seen dead lately, oldest first
/// @param handOverSince when this node began to give the lead away
/// @param cloneNotBefore earliest moment of the next attempt after a failed clone or rewind
/// @param rewindFailed why the last rewind failed, until it is dealt with
/// @param slotsSeen when a member whose slot we keep was last present
/// @param doubt about the leader, while it is not heard
public record HaMemory(
        Optional<MonoTime> primaryDownSince,
        List<MonoTime> crashes,
        Optional<MonoTime> handOverSince,
        Optional<MonoTime> cloneNotBefore,
        Optional<String> rewindFailed,
        Map<MemberName, MonoTime> slotsSeen,
        SyncMemory sync,
        Optional<Doubt> doubt) {

    public static final HaMemory EMPTY =
            new HaMemory(
                    Optional.empty(),
                    List.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Map.of(),
                    SyncMemory.EMPTY,
                    Optional.empty());

    public HaMemory {
        crashes = List.copyOf(crashes);
        slotsSeen = Collections.unmodifiableMap(new TreeMap<>(slotsSeen));
    }

    public HaMemory withPrimaryDownSince(Optional<MonoTime> since) {
        return new HaMemory(
                since,
                crashes,
                handOverSince,
                cloneNotBefore,
                rewindFailed,
                slotsSeen,
                sync,
                doubt);
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
        return new HaMemory(
                Optional.of(now),
                Stream.concat(lately, Stream.of(now)).toList(),
                handOverSince,
                cloneNotBefore,
                rewindFailed,
                slotsSeen,
                sync,
                doubt);
    }

    public HaMemory withHandOverSince(Optional<MonoTime> since) {
        return new HaMemory(
                primaryDownSince,
                crashes,
                since,
                cloneNotBefore,
                rewindFailed,
                slotsSeen,
                sync,
                doubt);
    }

    public HaMemory withCloneNotBefore(Optional<MonoTime> moment) {
        return new HaMemory(
                primaryDownSince,
                crashes,
                handOverSince,
                moment,
                rewindFailed,
                slotsSeen,
                sync,
                doubt);
    }

    public HaMemory withRewindFailed(Optional<String> why) {
        return new HaMemory(
                primaryDownSince,
                crashes,
                handOverSince,
                cloneNotBefore,
                why,
                slotsSeen,
                sync,
                doubt);
    }

    public HaMemory withSlotsSeen(Map<MemberName, MonoTime> seen) {
        return new HaMemory(
                primaryDownSince,
                crashes,
                handOverSince,
                cloneNotBefore,
                rewindFailed,
                seen,
                sync,
                doubt);
    }

    public HaMemory withSync(SyncMemory next) {
        return new HaMemory(
                primaryDownSince,
                crashes,
                handOverSince,
                cloneNotBefore,
                rewindFailed,
                slotsSeen,
                next,
                doubt);
    }

    public HaMemory withDoubt(Optional<Doubt> next) {
        return new HaMemory(
                primaryDownSince,
                crashes,
                handOverSince,
                cloneNotBefore,
                rewindFailed,
                slotsSeen,
                sync,
                next);
    }
}
