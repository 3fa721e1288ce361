package io.toomai.dcs.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.model.MemberName;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult.Refused;
import io.toomai.dcs.WriteResult;
import io.toomai.dcs.kubernetes.ApiRequest.Resource;
import io.toomai.dcs.kubernetes.KubernetesAccess.Routing;
import io.toomai.dcs.kubernetes.MockCluster.Fault;
import io.toomai.dcs.kubernetes.MockCluster.When;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// What a Kubernetes does on a bad day, and what members of Patroni do on any.
abstract class KubernetesFaultsKit extends KubernetesContractKit {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private static Fault fault(String method, String part, int status, When when) {
        return new Fault(method, part, status, Optional.empty(), when, new AtomicInteger(1));
    }

    private static Fault askingToWait(String method, int status, int seconds, int times) {
        return new Fault(
                method,
                SCOPE,
                status,
                Optional.of(seconds),
                When.INSTEAD,
                new AtomicInteger(times));
    }

    private Dcs leading(MemberName member) {
        Dcs dcs = process(member);
        assertHeld(dcs.acquireLeader(TIMEOUT));
        return dcs;
    }

    /// As Patroni writes it.
    private void patroniLeads(String name, String renewTime, String ttl) {
        cluster()
                .annotate(
                        namespace,
                        kind(),
                        leaderObject(),
                        Map.of(
                                "leader", Json.of(name),
                                "acquireTime", Json.of("2026-11-21T10:00:00.000001+00:00"),
                                "renewTime", Json.of(renewTime),
                                "ttl", Json.of(ttl),
                                "transitions", Json.of("3")));
    }

    @Test
    void aChangeByAnotherHandDoesNotEndALease() {
        Dcs one = leading(PG1);
        annotate(leaderObject(), "note", Json.of("by an operator"));
        assertHeld(one.renewLeader(TIMEOUT));
        annotate(leaderObject(), "note", Json.of("once more"));
        assertThat(one.writeAsLeader(DcsKey.STATUS, "7", Expect.ANYTHING, TIMEOUT))
                .isInstanceOf(WriteResult.Written.class);
        assertHeld(one.renewLeader(TIMEOUT));
        assertThat(leaderStored().annotation("note")).contains("once more");
    }

    @Test
    void anotherWhoTookTheKeyIsNamed() {
        Dcs one = leading(PG1);
        patroniLeads("patroni", "now", "30");
        assertThat(one.renewLeader(TIMEOUT))
                .isEqualTo(new Refused(Optional.of(new MemberName("patroni"))));
        assertThat(one.releaseLeader(List.of(), TIMEOUT)).isFalse();
        assertThat(one.writeAsLeader(DcsKey.SYNC, "{}", Expect.ANYTHING, TIMEOUT))
                .isInstanceOf(WriteResult.Conflict.class);
    }

    @Test
    void aRenewalWhoseAnswerWasLostIsRepeated() {
        Dcs one = leading(PG1);
        LeaderKey key = read(one).leader();
        cluster().fault(fault("PATCH", leaderObject(), 504, When.AFTER));
        assertHeld(one.renewLeader(TIMEOUT));
        assertThat(read(one).leader()).isEqualTo(key);
    }

    @Test
    void anAcquisitionWhoseAnswerWasLostIsFound() {
        Dcs one = process(PG1);
        annotate(leaderObject(), "note", Json.of("it is there"));
        cluster().fault(fault("PATCH", leaderObject(), 500, When.AFTER));
        assertHeld(one.acquireLeader(TIMEOUT));
        assertThat(read(one).leader().isHeldBy(PG1)).isTrue();
    }

    @Test
    void aReleaseWhoseAnswerWasLostIsOne() {
        Dcs one = leading(PG1);
        cluster().fault(fault("PATCH", leaderObject(), 503, When.AFTER));
        assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
        assertThat(read(one).leader()).isInstanceOf(LeaderKey.Vacant.class);
    }

    @Test
    void aConditionalWriteWhoseAnswerWasLostIsNotRepeated() {
        Dcs one = process(PG1);
        long first = revision(one.write(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT));
        cluster().fault(fault("PATCH", SCOPE + "-config", 599, When.AFTER));
        assertThatThrownBy(() ->
                        one.write(
                                DcsKey.CONFIG, "{\"ttl\":20}", new Expect.Revision(first), TIMEOUT))
                .isInstanceOf(DcsException.class);
        assertThat(read(one).config().orElseThrow().value()).isEqualTo("{\"ttl\":20}");
    }

    @Test
    void aServerThatAsksToWaitIsWaitedFor() {
        Dcs one = leading(PG1);
        cluster().fault(askingToWait("PATCH", 429, 1, 1));
        assertHeld(one.renewLeader(TIMEOUT));
        cluster().fault(askingToWait("POST", 429, 1, 1));
        revision(one.write(DcsKey.SYNC, "{}", Expect.ABSENT, TIMEOUT));
        cluster().fault(askingToWait("PATCH", 503, 1, 2));
        assertHeld(one.renewLeader(TIMEOUT));
    }

    @Test
    void aServerThatAsksToWaitTooLongIsNotWaitedFor() {
        Dcs one = leading(PG1);
        cluster().fault(askingToWait("PATCH", 429, 3600, 1000));
        assertThatThrownBy(() -> one.renewLeader(TIMEOUT))
                .isInstanceOf(DcsException.class)
                .hasMessageContaining("429");
        cluster().noFaults();
        assertHeld(one.renewLeader(TIMEOUT));
    }

    @Test
    void aNewTokenIsTakenFromItsFile() throws IOException {
        Dcs one = leading(PG1);
        cluster().acceptOnly("second-token");
        try {
            assertThatThrownBy(() -> one.renewLeader(TIMEOUT))
                    .isInstanceOfSatisfying(
                            DcsException.class,
                            e -> assertThat(e.code()).isEqualTo(Code.DCS_DENIED))
                    .hasMessageContaining(tokenFile().toString())
                    .hasMessageNotContaining("first-token");
            writeToken("second-token");
            assertHeld(one.renewLeader(TIMEOUT));
            assertThat(read(one).leader().isHeldBy(PG1)).isTrue();
        } finally {
            cluster().acceptOnly("first-token");
            writeToken("first-token");
        }
    }

    @Test
    void aMissingRightIsNamedAsARoleNamesIt() {
        Dcs one = leading(PG1);
        String right = "patch " + kind().plural();
        cluster().deny(right);
        try {
            assertThatThrownBy(() -> one.renewLeader(TIMEOUT))
                    .isInstanceOf(DcsException.class)
                    .hasMessageContaining(
                            "grant verb 'patch' on '%s' in a Role of namespace %s"
                                    .formatted(kind().plural(), namespace));
        } finally {
            cluster().allow(right);
        }
        assertHeld(one.renewLeader(TIMEOUT));
    }

    @Test
    void aNamespaceThatIsMissingIsSaid() {
        Dcs one = process(PG1);
        cluster().fault(fault("POST", "/" + kind().plural(), 404, When.INSTEAD));
        assertThatThrownBy(() -> one.acquireLeader(TIMEOUT))
                .isInstanceOf(DcsException.class)
                .hasMessageContaining("create " + kind().plural() + " in namespace " + namespace);
    }

    @Test
    void aMemberWithoutAPodIsTold() {
        Dcs one = process(PG1);
        cluster().remove(namespace, Resource.PODS, PG1.value());
        assertThatThrownBy(() -> one.publishMember("{}", TIMEOUT))
                .isInstanceOf(DcsException.class)
                .hasMessageContaining("'name' must be the name of the pod");
    }

    @Test
    void aWatchWhosePastIsForgottenBeginsAnew() {
        Dcs writer = process(PG2);
        revision(writer.write(DcsKey.SYNC, "{}", Expect.ANYTHING, TIMEOUT));
        Dcs watcher = process(PG1);
        Queue<DcsEvent> heard = new ConcurrentLinkedQueue<>();
        watcher.watch(heard::add);
        cluster().deny("watch " + kind().plural());
        try {
            hears(heard, DcsEvent.CONNECTION_CHANGED);
            revision(writer.write(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT));
            cluster().forgetEvents();
        } finally {
            cluster().allow("watch " + kind().plural());
        }
        hears(heard, DcsEvent.CONFIG_CHANGED); // by the new list
        revision(writer.write(DcsKey.STATUS, "5", Expect.ANYTHING, TIMEOUT));
        hears(heard, DcsEvent.STATUS_CHANGED);
    }

    private KubernetesDcs atTheServers(MemberName member) {
        Json https = Json.object().put("name", "https").put("port", cluster().port(0)).done();
        Json other = Json.object().put("name", "https").put("port", cluster().port(1)).done();
        Json here = new Json.Arr(List.of(Json.object().put("ip", "127.0.0.1").done()));
        Json subsets = new Json.Arr(List.of(subset(here, https), subset(here, other)));
        cluster()
                .put(
                        "default",
                        Resource.ENDPOINTS,
                        "kubernetes",
                        Json.object().put("subsets", subsets).done());
        return openWith(settings(member, TTL, Routing.SERVERS));
    }

    private static Json subset(Json addresses, Json port) {
        return Json.object()
                .put("addresses", addresses)
                .put("ports", new Json.Arr(List.of(port)))
                .done();
    }

    @Test
    void aServerThatHangsIsLeft() {
        Dcs holder = process(PG1);
        try (KubernetesDcs one = atTheServers(PG2)) {
            Queue<DcsEvent> heard = new ConcurrentLinkedQueue<>();
            one.watch(heard::add);
            assertHeld(one.acquireLeader(TIMEOUT));
            await().atMost(PATIENCE).until(one::knownServers, count -> count == 3);
            assertHeld(one.renewLeader(TIMEOUT));
            cluster().freeze(0);
            assertHeld(one.renewLeader(PATIENCE));
            cluster()
                    .annotate(namespace, kind(), SCOPE + "-sync", Map.of("leader", Json.of("pg2")));
            hears(heard, DcsEvent.SYNC_CHANGED); // the watch came along
            cluster().thaw(0);
            cluster().freeze(1);
            assertHeld(one.renewLeader(PATIENCE));
            assertThat(read(one).leader().isHeldBy(PG2)).isTrue();
        } finally {
            cluster().thaw(0);
            cluster().thaw(1);
        }
        assertThat(read(holder).leader()).isInstanceOf(LeaderKey.Vacant.class);
    }

    @Test
    void everyCallToAServerThatHangsFailsInTime() {
        Dcs one = leading(PG1);
        Duration brief = Duration.ofMillis(700);
        cluster().freeze(0);
        try {
            assertThatThrownBy(() -> one.renewLeader(brief))
                    .isInstanceOf(DcsException.class)
                    .hasMessageContaining("localhost:" + cluster().port(0));
            assertThatThrownBy(() -> one.write(DcsKey.CONFIG, "{}", Expect.ABSENT, brief))
                    .isInstanceOf(DcsException.class);
            assertThatThrownBy(() -> one.read(Dcs.ReadMode.LOCAL, brief))
                    .isInstanceOf(DcsException.class);
            assertThatThrownBy(() -> one.publishMember("{}", brief))
                    .isInstanceOf(DcsException.class);
            assertThatThrownBy(() -> one.releaseLeader(List.of(), brief))
                    .isInstanceOf(DcsException.class);
        } finally {
            cluster().thaw(0);
        }
        assertHeld(one.acquireLeader(PATIENCE));
    }

    @Test
    void aPatroniThatRenewsIsNotSucceeded() {
        patroniLeads("patroni", "a", "3");
        Dcs one = process(PG1);
        AtomicInteger renewals = new AtomicInteger();
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> {
                    patroniLeads("patroni", "b" + renewals.incrementAndGet(), "3");
                    assertThat(one.acquireLeader(TIMEOUT)).isInstanceOf(Refused.class);
                    return renewals.get() > 25;
                });
        await().atMost(PATIENCE).until(() -> read(one).leader() instanceof LeaderKey.Vacant);
        assertHeld(one.acquireLeader(TIMEOUT));
        assertThat(leaderStored().annotation("transitions")).contains("4");
    }

    /// The judgement was right when it was made, and is void when the key is to be taken.
    @Test
    void aLeaderThatRenewsInTheLastMomentIsNotSucceeded() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        await().atMost(PATIENCE).until(() -> read(two).leader() instanceof LeaderKey.Vacant);
        cluster().beforeTheNextPatch(() -> assertHeld(one.renewLeader(TIMEOUT)));
        assertThat(two.acquireLeader(TIMEOUT)).isEqualTo(new Refused(Optional.of(PG1)));
        assertHeld(one.renewLeader(TIMEOUT));
        assertThat(read(two).leader().isHeldBy(PG1)).isTrue();
    }

    @Test
    void garbageBesideTheLeaderIsOvercome() {
        Dcs one = leading(PG1);
        long term = ((LeaderKey.HeldBy) read(one).leader()).revision();
        for (String key : List.of("ttl", "renewTime", "transitions", "toomai.io/lease")) {
            annotate(leaderObject(), key, Json.of("]]{\u0000garbage"));
        }
        Dcs again = process(PG1);
        assertThat(read(again).leader().isHeldBy(PG1)).isTrue();
        assertHeld(again.acquireLeader(TIMEOUT));
        assertHeld(again.renewLeader(TIMEOUT));
        assertThat(((LeaderKey.HeldBy) read(again).leader()).revision()).isGreaterThan(term);
    }

    /// Whoever removed it, the leader may live and know nothing of it.
    @Test
    void aLeaderWhoseObjectVanishedIsWaitedOut() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        assertThat(read(two).leader().isHeldBy(PG1)).isTrue();
        cluster().remove(namespace, kind(), leaderObject());
        assertThat(two.acquireLeader(TIMEOUT)).isEqualTo(new Refused(Optional.of(PG1)));
        assertThat(one.renewLeader(TIMEOUT)).isEqualTo(new Refused(Optional.empty()));
        await().atMost(PATIENCE)
                .until(() -> two.acquireLeader(TIMEOUT) instanceof io.toomai.dcs.LeaderResult.Held);
    }

    @Test
    void listenersAreToldThatALeaseIsOver() {
        Dcs two = process(PG2);
        Queue<DcsEvent> heard = new ConcurrentLinkedQueue<>();
        two.watch(heard::add);
        Dcs one = leading(PG1);
        hears(heard, DcsEvent.LEADER_CHANGED);
        heard.clear();
        abandon(one);
        hears(heard, DcsEvent.LEADER_CHANGED);
        assertThat(read(two).leader()).isInstanceOf(LeaderKey.Vacant.class);
    }

    @Test
    void aShorterTtlIsToldAfterTheHolderKnows() {
        Dcs one = leading(PG1);
        Duration shorter = TTL.minusSeconds(3);
        one.changeTtl(shorter);
        assertThat(one.grantedTtl()).isEqualTo(shorter);
        assertHeld(one.renewLeader(TIMEOUT));
        assertThat(leaderStored().annotation("ttl")).contains("8");
        assertHeld(one.renewLeader(TIMEOUT));
        assertThat(leaderStored().annotation("ttl")).contains("5");
        assertThat(one.grantedTtl()).isEqualTo(shorter);
    }

    @Test
    void whatPatroniReadsIsWritten() {
        Dcs one = leading(PG1);
        StoredObject leader = leaderStored();
        assertThat(leader.annotation("leader")).contains("pg1");
        assertThat(leader.annotation("ttl")).contains("8");
        assertThat(leader.annotation("transitions")).contains("0");
        assertThat(leader.annotation("renewTime").orElseThrow())
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}\\+00:00");
        assertThat(leader.label("cluster-name")).contains(SCOPE);
        String status = "{\"optime\":42,\"slots\":{\"pg2\":41},\"retain_slots\":[\"pg2\"]}";
        revision(one.writeAsLeader(DcsKey.STATUS, status, Expect.ANYTHING, TIMEOUT));
        assertThat(leaderStored().annotation("optime")).contains("42");
        assertThat(leaderStored().annotation("slots")).contains("{\"pg2\":41}");
        assertThat(leaderStored().annotation("retain_slots")).contains("[\"pg2\"]");
        assertThat(read(one).status().slots()).hasSize(1);
        String sync = "{\"leader\":\"pg1\",\"quorum\":1,\"sync_standby\":\"pg2,pg3\"}";
        revision(one.writeAsLeader(DcsKey.SYNC, sync, Expect.ANYTHING, TIMEOUT));
        assertThat(stored(DcsKey.SYNC).annotation("quorum")).contains("1");
        assertThat(read(one).sync().value().voters()).hasSize(2);
        String request = "{\"leader\":\"pg1\",\"member\":\"pg2\"}";
        revision(one.write(DcsKey.FAILOVER, request, Expect.ANYTHING, TIMEOUT));
        assertThat(stored(DcsKey.FAILOVER).annotation("member")).contains("pg2");
        revision(one.write(DcsKey.FAILOVER, "{}", Expect.ANYTHING, TIMEOUT));
        assertThat(stored(DcsKey.FAILOVER).annotations()).isEmpty();
        assertThat(read(one).failover()).isEmpty();
    }

    /// The leader object changes with each renewal; that alone is no change of its keys.
    @Test
    void aRenewalDoesNotChangeTheRevisionOfAKeyBesideIt() {
        Dcs one = leading(PG1);
        String json = "{\"pg1\":\"http://10.0.0.1:8008/patroni\"}";
        long first = revision(one.writeAsLeader(DcsKey.FAILSAFE, json, Expect.ABSENT, TIMEOUT));
        assertHeld(one.renewLeader(TIMEOUT));
        assertThat(read(one).failsafe().revision()).isEqualTo(first);
        Expect unchanged = new Expect.Revision(first);
        revision(one.writeAsLeader(DcsKey.FAILSAFE, "{}", unchanged, TIMEOUT));
        assertThat(one.writeAsLeader(DcsKey.FAILSAFE, json, unchanged, TIMEOUT))
                .isInstanceOf(WriteResult.Conflict.class);
    }

    @Test
    void thePodIsLabelledWithItsRole() {
        Dcs one = process(PG1);
        one.publishMember("{\"state\":\"creating replica\",\"role\":\"replica\"}", TIMEOUT);
        assertThat(pod(PG1).label("bootstrap")).contains("yes");
        assertThat(pod(PG1).label("role")).isEmpty();
        String running = "{\"state\":\"running\",\"role\":\"replica\"}";
        one.publishMember(running, TIMEOUT);
        assertThat(pod(PG1).label("role")).contains("replica");
        assertThat(pod(PG1).label("tmp_role")).contains("replica");
        assertThat(pod(PG1).label("bootstrap")).isEmpty();
        assertHeld(one.acquireLeader(TIMEOUT));
        one.publishMember(running, TIMEOUT);
        assertThat(pod(PG1).label("role")).contains("primary");
        one.publishMember("{\"state\":\"running\",\"role\":\"standby_leader\"}", TIMEOUT);
        assertThat(pod(PG1).label("role")).contains("standby");
        assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
        one.publishMember("{\"state\":\"stopped\",\"role\":\"demoted\"}", TIMEOUT);
        assertThat(pod(PG1).label("role")).isEmpty();
        one.publishMember(running, TIMEOUT);
        int before = cluster().patches();
        one.publishMember(running, TIMEOUT);
        assertThat(cluster().patches()).isEqualTo(before);
    }
}
