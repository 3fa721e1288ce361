package io.toomai.core.ha;

import io.toomai.core.cluster.History;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.Timeline;

/// Whether local WAL still is a prefix of the leader's (contract §5.11).
public sealed interface RewindCheck {
    record NotNeeded() implements RewindCheck {}

    record Needed(String why) implements RewindCheck {}

    /// The leader's history begins later than this data: `max_timelines_history` has cut it.
    record Forgotten(String why) implements RewindCheck {}

    /// Something that decides it is not published yet.
    record CannotTellYet(String why) implements RewindCheck {}

    /// A standby that runs: what it has received must not lie beyond the point where the leader's
    /// timeline left ours.
    static RewindCheck ofRunningStandby(
            Timeline ours, Lsn received, Timeline leaders, History history) {
        return check(ours, leaders, history, new Extent.UpTo(received));
    }

    /// Data without a server. A primary that died has an unknown amount of WAL behind its last
    /// checkpoint, so an older timeline always needs a look by pg_rewind. One that stopped cleanly
    /// ends with its shutdown checkpoint: where that record *starts* before the switchpoint, the
    /// leader has it whole, because a timeline switches only between records.
    static RewindCheck ofStopped(ControlFacts control, Timeline leaders, History history) {
        return switch (control.state()) {
            case SHUT_DOWN ->
                    check(
                            control.timeline(),
                            leaders,
                            history,
                            new Extent.UpTo(control.checkpoint().plus(1)));
            case SHUT_DOWN_IN_RECOVERY, IN_ARCHIVE_RECOVERY, STARTING_UP ->
                    check(
                            control.minRecoveryTimeline().isKnown()
                                    ? control.minRecoveryTimeline()
                                    : control.timeline(),
                            leaders,
                            history,
                            new Extent.UpTo(control.minRecoveryEnd()));
            case SHUTTING_DOWN, IN_CRASH_RECOVERY, IN_PRODUCTION ->
                    check(control.timeline(), leaders, history, new Extent.Unknown());
        };
    }

    /// How far local WAL reaches.
    sealed interface Extent {
        record UpTo(Lsn end) implements Extent {}

        record Unknown() implements Extent {}
    }

    private static RewindCheck check(
            Timeline ours, Timeline leaders, History history, Extent extent) {
        if (!leaders.isKnown()) {
            return new CannotTellYet("the leader has not published its timeline");
        }
        if (leaders.isBefore(ours)) {
            return new Needed("timeline " + ours + " is ahead of the leader's " + leaders);
        }
        if (ours.equals(leaders)) {
            return new NotNeeded();
        }
        if (!history.clusterTimeline().equals(leaders)) {
            return new CannotTellYet("the leader has not published the history of " + leaders);
        }
        return history.lines().stream()
                .filter(line -> line.timeline().equals(ours))
                .findFirst()
                .map(line -> compare(extent, line))
                .orElseGet(() ->
                        history.isCutAfter(ours)
                                ? new Forgotten(
                                        "timeline "
                                                + ours
                                                + " is older than what the leader's history"
                                                + " keeps")
                                : new Needed(
                                        "timeline " + ours + " is not in the leader's history"));
    }

    private static RewindCheck compare(Extent extent, History.Line line) {
        return switch (extent) {
            case Extent.Unknown _ ->
                    new Needed("it was primary on timeline " + line.timeline() + " when it died");
            case Extent.UpTo(var end) when line.switchpoint().isBehind(end) ->
                    new Needed(
                            "it has WAL up to "
                                    + end
                                    + ", the leader left timeline "
                                    + line.timeline()
                                    + " at "
                                    + line.switchpoint());
            case Extent.UpTo _ -> new NotNeeded();
        };
    }
}
