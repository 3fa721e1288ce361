package io.toomai.settings;

import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.PermanentSlot;
import io.toomai.core.ha.SlotRules;
import io.toomai.core.model.ByteSize;
import io.toomai.settings.text.JsonText;
import io.toomai.settings.text.Tree;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// The dynamic configuration (`/config`): checked, complete, immutable. Keys that nobody knows are
/// kept in `raw`.
///
/// @param configured the timeouts as written, before the repair rule
/// @param maximumLagOnSyncnode absent = no limit
/// @param primaryStartTimeout absent = the operator did not set it
/// @param crashLimit absent = no limit
/// @param memberSlotsTtl zero = drop the slot when the member's key expires
/// @param ignoreSlots each entry: properties that a foreign slot must all have to be left alone;
///   slots whose entry in `slots` is not understood are among them
/// @param unknownSlots what becomes of slots that nobody has ever named
/// @param raw the whole document as read
public record DynamicSettings(
        Timeouts configured,
        Timeouts timeouts,
        ByteSize maximumLagOnFailover,
        Optional<ByteSize> maximumLagOnSyncnode,
        TimelineCheck checkTimeline,
        int maxTimelinesHistory,
        Optional<Duration> primaryStartTimeout,
        Duration primaryStopTimeout,
        Duration primaryRaceBackoff,
        SynchronousMode synchronousMode,
        Strictness synchronousModeStrict,
        int synchronousNodeCount,
        FailsafeMode failsafeMode,
        Pause pause,
        Duration memberSlotsTtl,
        List<PermanentSlot> slots,
        List<SlotRules.Matcher> ignoreSlots,
        SlotRules.Unknown unknownSlots,
        Optional<StandbyCluster> standbyCluster,
        Takeover takeover,
        Duration suspectAfter,
        Duration probeTimeout,
        OptionalInt crashLimit,
        HaSettings.Drain drain,
        Tree.Mapping raw) {
    public DynamicSettings {
        slots = List.copyOf(slots);
        ignoreSlots = List.copyOf(ignoreSlots);
    }

    /// How the document was judged.
    public sealed interface Result {}

    public record Valid(DynamicSettings settings, List<Warning> warnings) implements Result {
        public Valid {
            warnings = List.copyOf(warnings);
        }
    }

    /// Refused as a whole; the settings in force stay.
    public record Invalid(List<Problem> problems) implements Result {
        public Invalid {
            problems = List.copyOf(problems);
        }
    }

    /// `check_timeline`
    public enum TimelineCheck {
        OFF,
        REFUSE_OLDER
    }

    /// `synchronous_mode_strict`
    public enum Strictness {
        RELAXED,
        STRICT
    }

    /// `failsafe_mode`
    public enum FailsafeMode {
        OFF,
        ON
    }

    /// `pause`
    public enum Pause {
        RUNNING,
        PAUSED
    }

    /// `toomai.takeover`: whether a lease need not be waited out (design §5).
    public enum Takeover {
        OFF,
        ON
    }

    /// What holds when nothing is configured.
    public static DynamicSettings defaults() {
        return switch (of(Tree.Mapping.EMPTY, TimeoutFloor.TOOMAI)) {
            case Valid(DynamicSettings settings, _) -> settings;
            case Invalid invalid -> throw new IllegalStateException(invalid.toString());
        };
    }

    /// The document in the store, with Toomai's own floors.
    public static Result parse(String json) {
        return parse(json, TimeoutFloor.TOOMAI);
    }

    /// The document in the store.
    public static Result parse(String json, TimeoutFloor floor) {
        return DynamicReader.parse(json, floor);
    }

    /// A document that is a tree already, such as `bootstrap.dcs`.
    public static Result of(Tree.Mapping document, TimeoutFloor floor) {
        return DynamicReader.of(document, floor);
    }

    /// A document as plain values: strings, numbers, booleans, lists and maps.
    public static Result of(Map<String, ?> document) {
        return of(PlainValues.mapping(document), TimeoutFloor.TOOMAI);
    }

    public Duration ttl() {
        return timeouts.ttl();
    }

    public Duration loopWait() {
        return timeouts.loopWait();
    }

    public Duration retryTimeout() {
        return timeouts.retryTimeout();
    }

    /// `primary_start_timeout`, or its default where the operator did not set it.
    public Duration primaryStartTimeoutOrDefault() {
        return primaryStartTimeout.orElse(
                Catalogue.INSTANCE.key("primary_start_timeout").defaultDuration());
    }

    public String rawJson() {
        return JsonText.write(raw);
    }
}
