package io.toomai.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.FailoverChecks.Action;
import io.toomai.api.FailoverChecks.Progress;
import io.toomai.api.FailoverChecks.Result;
import io.toomai.api.FailoverChecks.Wanted;
import io.toomai.api.Node.PeerAnswer;
import io.toomai.api.peer.RemoteStatus;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The texts and codes of contract §2.6, in its order.
class FailoverChecksTest {
    private static final Instant NOW = Instant.parse("2026-11-21T00:00:00Z");

    private static Wanted wanted(
            Action action,
            @Nullable String leader,
            @Nullable String candidate,
            @Nullable String at) {
        return new Wanted(
                action,
                Optional.ofNullable(leader),
                Optional.ofNullable(candidate),
                Optional.ofNullable(at));
    }

    private static List<PeerAnswer> fine(List<Member> members) {
        return members.stream().map(m -> new PeerAnswer(m.name(), reachable(Map.of()))).toList();
    }

    static RemoteStatus reachable(Map<String, Object> tags) {
        return new RemoteStatus.Reachable(
                MemberState.RUNNING,
                MemberRole.REPLICA,
                RemoteStatus.Standing.STANDBY,
                new RemoteStatus.Wal(Optional.empty(), new Lsn(5), new Lsn(5)),
                new Timeline(1),
                new Tags(tags),
                RemoteStatus.Watchdog.FINE,
                Optional.of("streaming"),
                Optional.empty());
    }

    private static String answer(Wanted wanted, ClusterView view) {
        return switch (FailoverChecks.check(wanted, view, NOW, FailoverChecksTest::fine)) {
            case Result.Refused(var code, var text) -> code + " " + text;
            case Result.Scheduled scheduled ->
                    "202 " + scheduled.text() + " " + scheduled.request().scheduledAt().get();
            case Result.Go go -> "go " + go.action();
        };
    }

    private static ClusterView view(String config) {
        return Samples.cluster(config, Samples.PG2);
    }

    @ParameterizedTest(name = "{0} {1}->{2} at {3} under {4}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "FAILOVER|-|-|-|{}|400 Failover could be performed only to a specific candidate",
                "SWITCHOVER|-|pg2|-|{}|400 Switchover could be performed only from a specific"
                        + " leader",
                "FAILOVER|-|pg2|2026-11-22T00:00Z|{}|400 Failover can't be scheduled",
                "SWITCHOVER|pg1|pg2|2026-11-22T00:00Z|{\"pause\":true}|400 Can't schedule"
                        + " switchover in the paused state",
                "SWITCHOVER|pg1|pg2|2026-11-22T00:00|{}|400 Timezone information is mandatory for"
                        + " the scheduled switchover",
                "SWITCHOVER|pg1|pg2|2025-11-22T00:00Z|{}|422 Cannot schedule switchover in the"
                        + " past",
                "SWITCHOVER|pg1|pg2|tomorrow|{}|422 Unable to parse scheduled timestamp. It should"
                        + " be in an unambiguous format, e.g. ISO 8601",
                "SWITCHOVER|pg1|-|-|{\"pause\":true}|400 Switchover is possible only to a specific"
                        + " candidate in a paused state",
                "SWITCHOVER|pg1|pg1|-|{}|400 Switchover target and source are the same",
                "SWITCHOVER|pg2|pg3|-|{}|412 leader name does not match",
                "SWITCHOVER|a/b|pg3|-|{}|412 leader name does not match",
                "FAILOVER|pg2|pg3|-|{}|412 leader name does not match",
                "SWITCHOVER|pg1|pg3|-|{\"synchronous_mode\":true}|412 candidate name does not"
                        + " match with sync_standby",
                "SWITCHOVER|pg1|pg3|-|{\"synchronous_mode\":\"quorum\"}|go SWITCHOVER",
                "FAILOVER|-|pg3|-|{\"synchronous_mode\":true}|go FAILOVER",
                "FAILOVER|pg1|pg3|-|{\"synchronous_mode\":true}|412 candidate name does not match"
                        + " with sync_standby",
                "SWITCHOVER|pg1|pg9|-|{}|412 candidate does not exists",
                "FAILOVER|-|x/y|-|{}|412 candidate does not exists",
                "SWITCHOVER|pg1|pg2|-|{}|go SWITCHOVER",
                "SWITCHOVER|pg1|''|''|{}|go SWITCHOVER",
                "FAILOVER|pg1|pg2|-|{}|go SWITCHOVER",
                "SWITCHOVER|pg1|pg2|2026-11-22T08:30+02:00|{}|202 Switchover scheduled"
                        + " 2026-11-22T08:30:00+02:00",
                "SWITCHOVER|nobody|pg9|2026-11-22 08:30:01.5Z|{}|202 Switchover scheduled"
                        + " 2026-11-22T08:30:01.5+00:00",
            })
    void table(
            Action action,
            String leader,
            String candidate,
            String at,
            String config,
            String expected) {
        assertThat(answer(wanted(action, leader, candidate, at), view(config))).isEqualTo(expected);
    }

    @Test
    void nobodyToGoTo() {
        Wanted any = wanted(Action.SWITCHOVER, "pg1", null, null);
        assertThat(answer(any, Samples.cluster("{\"synchronous_mode\": true}")))
                .isEqualTo("412 switchover is not possible: can not find sync_standby");
        ClusterView full = Samples.cluster("{}");
        ClusterView alone =
                new ClusterView(
                        full.initialize(),
                        full.config(),
                        full.leader(),
                        full.members().subList(0, 1),
                        full.failover(),
                        full.sync(),
                        full.status(),
                        full.history(),
                        full.failsafe());
        assertThat(answer(any, alone))
                .isEqualTo(
                        "412 switchover is not possible: cluster does not have members except"
                                + " leader");
    }

    @Test
    void nobodyFit() {
        Result result =
                FailoverChecks.check(
                        wanted(Action.FAILOVER, null, "pg2", null),
                        view("{}"),
                        NOW,
                        members ->
                                List.of(
                                        new PeerAnswer(
                                                Samples.PG2, reachable(Map.of("nofailover", true))),
                                        new PeerAnswer(
                                                Samples.PG3,
                                                new RemoteStatus.Unreachable(
                                                        RemoteStatus.Fault.REFUSED, "refused"))));
        assertThat(result)
                .isEqualTo(
                        new Result.Refused(
                                412,
                                "failover is not possible: no good candidates have been found"));
    }

    @Test
    void howItEnds() {
        Result.Go go =
                (Result.Go)
                        FailoverChecks.check(
                                wanted(Action.SWITCHOVER, "pg1", "pg2", null),
                                view("{}"),
                                NOW,
                                FailoverChecksTest::fine);
        Optional<String> before = Optional.of("pg1");
        ClusterView asked =
                Samples.asked(
                        view("{}"),
                        Optional.of(
                                new FailoverRequest(
                                        Optional.of(Samples.PG1),
                                        Optional.of(Samples.PG2),
                                        Optional.empty())));
        Duration long1 = Duration.ofSeconds(5);
        assertThat(FailoverChecks.judge(go, before, asked, long1))
                .isEqualTo(new Progress.Waiting());
        assertThat(
                        FailoverChecks.judge(
                                go, before, Samples.ledBy(asked, new LeaderKey.Vacant()), long1))
                .isEqualTo(new Progress.Waiting());
        assertThat(FailoverChecks.judge(go, before, ledBy(asked, Samples.PG2), long1))
                .isEqualTo(new Progress.Ended(200, "Successfully switched over to \"pg2\""));
        assertThat(FailoverChecks.judge(go, before, ledBy(asked, Samples.PG3), long1))
                .isEqualTo(new Progress.Ended(200, "Switched over to \"pg3\" instead of \"pg2\""));
        assertThat(FailoverChecks.judge(go, before, view("{}"), long1))
                .isEqualTo(new Progress.Ended(503, "Switchover failed"));
        assertThat(FailoverChecks.judge(go, before, view("{}"), Duration.ofMillis(100)))
                .as("our own write may not be visible yet")
                .isEqualTo(new Progress.Waiting());
        assertThat(FailoverChecks.unknown(Action.FAILOVER).text())
                .isEqualTo("Failover status unknown");
    }

    private static ClusterView ledBy(ClusterView view, MemberName name) {
        return Samples.ledBy(
                view, new LeaderKey.HeldBy(name, 2, LeaderKey.Ownership.ANOTHER_PROCESS));
    }
}
