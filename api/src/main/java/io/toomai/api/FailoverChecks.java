package io.toomai.api;

import io.toomai.api.Node.PeerAnswer;
import io.toomai.api.NodeStatus.SynchronousMode;
import io.toomai.api.peer.RemoteStatus;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.model.MemberName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Whether a switchover or failover may be asked for, and how it ended (contract §2.6). Pure apart
/// from the question to the candidates, which the caller passes in; it is asked last and only when
/// everything else is fine.
///
/// The texts are a contract: `patronictl` and scripts show and match them.
public final class FailoverChecks {
    /// How long an emptied failover key may mean that our own write is not visible yet.
    static final Duration GRACE = Duration.ofSeconds(1);

    private FailoverChecks() {}

    /// What was called. A failover that names a leader is a switchover from step 3 on.
    public enum Action {
        SWITCHOVER("switchover", "Switchover", "switch"),
        FAILOVER("failover", "Failover", "fail");

        private final String text;
        private final String title;
        private final String stem;

        Action(String text, String title, String stem) {
            this.text = text;
            this.title = title;
            this.stem = stem;
        }

        public String text() {
            return text;
        }
    }

    /// The body as sent; empty texts count as absent.
    public record Wanted(
            Action action,
            Optional<String> leader,
            Optional<String> candidate,
            Optional<String> scheduledAt) {
        public Wanted {
            leader = leader.filter(text -> !text.isBlank());
            candidate = candidate.filter(text -> !text.isBlank());
            scheduledAt = scheduledAt.filter(text -> !text.isBlank());
        }
    }

    /// What came of the checks.
    public sealed interface Result {
        /// Write the key, answer 202.
        record Scheduled(Action action, FailoverRequest request) implements Result {
            public String text() {
                return action.title + " scheduled";
            }
        }

        /// Write the key, then watch the leader.
        record Go(Action action, FailoverRequest request) implements Result {}

        /// Answer this and change nothing.
        record Refused(int code, String text) implements Result {}
    }

    /// Steps 1 to 5.
    ///
    /// @param ask the statuses of the members that it is given
    public static Result check(
            Wanted wanted,
            ClusterView view,
            Instant now,
            Function<List<Member>, List<PeerAnswer>> ask) {
        StoredConfig config = StoredConfig.of(view);
        Optional<Result.Refused> refused =
                incomplete(wanted)
                        .or(() -> wrongSchedule(wanted, config, now))
                        .or(() -> wrongNames(wanted, config));
        if (refused.isPresent()) {
            return refused.get();
        }
        Action action = wanted.leader().isPresent() ? Action.SWITCHOVER : wanted.action();
        if (wanted.scheduledAt().isPresent()) {
            return new Result.Scheduled(action, request(wanted));
        }
        return impossible(action, wanted, view, ask)
                .<Result>map(text -> new Result.Refused(412, text))
                .orElseGet(() -> new Result.Go(action, request(wanted)));
    }

    private static Optional<Result.Refused> incomplete(Wanted wanted) {
        return switch (wanted.action()) {
            case FAILOVER ->
                    refuseWhen(
                            wanted.candidate().isEmpty(),
                            "Failover could be performed only to a specific candidate");
            case SWITCHOVER ->
                    refuseWhen(
                            wanted.leader().isEmpty(),
                            "Switchover could be performed only from a specific leader");
        };
    }

    private static Optional<Result.Refused> wrongSchedule(
            Wanted wanted, StoredConfig config, Instant now) {
        if (wanted.scheduledAt().isEmpty()) {
            return Optional.empty();
        }
        if (wanted.action() == Action.FAILOVER) {
            return refuseWhen(true, "Failover can't be scheduled");
        }
        if (config.isPaused()) {
            return refuseWhen(true, "Can't schedule switchover in the paused state");
        }
        return switch (Schedule.parse(wanted.scheduledAt().get(), "switchover", now)) {
            case Schedule.Wrong(var code, var text) -> Optional.of(new Result.Refused(code, text));
            case Schedule.At _ -> Optional.empty();
        };
    }

    /// Names that no member can have would break the key that is written: they do not match.
    private static Optional<Result.Refused> wrongNames(Wanted wanted, StoredConfig config) {
        return refuseWhen(
                        config.isPaused() && wanted.candidate().isEmpty(),
                        "Switchover is possible only to a specific candidate in a paused state")
                .or(() ->
                        refuseWhen(
                                wanted.leader().equals(wanted.candidate()),
                                "Switchover target and source are the same"))
                .or(() -> unusable(wanted.leader(), "leader name does not match"))
                .or(() -> unusable(wanted.candidate(), "candidate does not exists"));
    }

    private static Optional<Result.Refused> unusable(Optional<String> name, String text) {
        return name.filter(n -> n.indexOf('/') >= 0).map(_ -> new Result.Refused(412, text));
    }

    private static Optional<Result.Refused> refuseWhen(boolean condition, String text) {
        return condition ? Optional.of(new Result.Refused(400, text)) : Optional.empty();
    }

    /// The key to write; a time is stored with seconds and offset whatever the operator left out.
    private static FailoverRequest request(Wanted wanted) {
        Optional<String> at =
                wanted.scheduledAt()
                        .map(text -> Schedule.parse(text, "switchover", Instant.MIN))
                        .filter(Schedule.At.class::isInstance)
                        .map(schedule -> Schedule.text(((Schedule.At) schedule).time()));
        return new FailoverRequest(
                wanted.leader().map(MemberName::new), wanted.candidate().map(MemberName::new), at);
    }

    private static Optional<String> impossible(
            Action action,
            Wanted wanted,
            ClusterView view,
            Function<List<Member>, List<PeerAnswer>> ask) {
        Optional<String> leader = leaderOf(view);
        if (wanted.leader().isPresent() && !wanted.leader().equals(leader)) {
            return Optional.of("leader name does not match");
        }
        boolean synchronous = StoredConfig.of(view).synchronousMode() == SynchronousMode.ON;
        List<Member> candidates;
        if (wanted.candidate().isPresent()) {
            MemberName candidate = new MemberName(wanted.candidate().get());
            if (action == Action.SWITCHOVER
                    && synchronous
                    && !SyncNames.matches(view.sync().value(), candidate)) {
                return Optional.of("candidate name does not match with sync_standby");
            }
            candidates = view.member(candidate).stream().toList();
            if (candidates.isEmpty()) {
                return Optional.of("candidate does not exists");
            }
        } else if (synchronous) {
            candidates =
                    others(view).stream()
                            .filter(m -> SyncNames.lists(view.sync().value(), m.name()))
                            .toList();
            if (candidates.isEmpty()) {
                return Optional.of(action.text + " is not possible: can not find sync_standby");
            }
        } else {
            candidates = others(view);
            if (candidates.isEmpty()) {
                return Optional.of(
                        action.text
                                + " is not possible: cluster does not have members except leader");
            }
        }
        return ask.apply(candidates).stream().anyMatch(answer -> mayLead(answer.status()))
                ? Optional.empty()
                : Optional.of(action.text + " is not possible: no good candidates have been found");
    }

    private static List<Member> others(ClusterView view) {
        return view.members().stream()
                .filter(m -> !view.leader().isHeldBy(m.name()) && !m.apiUrl().isEmpty())
                .toList();
    }

    private static boolean mayLead(RemoteStatus status) {
        return switch (status) {
            case RemoteStatus.Reachable peer ->
                    !peer.tags().nofailover() && peer.watchdog() == RemoteStatus.Watchdog.FINE;
            case RemoteStatus.WithoutPostgres _, RemoteStatus.Unreachable _ -> false;
        };
    }

    /// The holder of the leader key.
    public static Optional<String> leaderOf(ClusterView view) {
        return switch (view.leader()) {
            case LeaderKey.Vacant _ -> Optional.empty();
            case LeaderKey.HeldBy held -> Optional.of(held.leader().value());
        };
    }

    /// How an unscheduled request stands (step 7).
    public sealed interface Progress {
        record Waiting() implements Progress {}

        record Ended(int code, String text) implements Progress {}
    }

    /// Judges one later view.
    ///
    /// @param before the leader when the request was made
    /// @param sinceWrite time since the key was written
    public static Progress judge(
            Result.Go asked, Optional<String> before, ClusterView view, Duration sinceWrite) {
        Optional<String> leader = leaderOf(view);
        if (leader.isPresent() && !leader.equals(before)) {
            return new Progress.Ended(200, moved(asked, leader.get()));
        }
        return view.failover().isEmpty() && sinceWrite.compareTo(GRACE) > 0
                ? new Progress.Ended(503, asked.action().title + " failed")
                : new Progress.Waiting();
    }

    private static String moved(Result.Go asked, String leader) {
        String candidate = asked.request().candidate().map(MemberName::value).orElse(leader);
        String stem = asked.action().stem;
        return candidate.equals(leader)
                ? "Successfully " + stem + "ed over to \"" + leader + "\""
                : (asked.action() == Action.SWITCHOVER ? "Switch" : "Fail")
                        + "ed over to \""
                        + leader
                        + "\" instead of \""
                        + candidate
                        + "\"";
    }

    /// The answer when time ran out.
    public static Progress.Ended unknown(Action action) {
        return new Progress.Ended(503, action.title + " status unknown");
    }
}
