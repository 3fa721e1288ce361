package io.toomai.dcs.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.TakeoverContractKit;
import io.toomai.dcs.WriteResult;
import io.toomai.dcs.http.HttpRequest.Method;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// The contract against real servers; each test has a scope of its own.
abstract class ConsulContractKit extends TakeoverContractKit {
    private static final AtomicInteger SCOPES = new AtomicInteger();

    final String base = "service/scope" + SCOPES.incrementAndGet();

    abstract ConsulServers servers();

    /// The server that the next process talks to.
    int server() {
        return 0;
    }

    @Override
    protected Dcs open(MemberName member) {
        return openAt(server(), member);
    }

    @Override
    protected Optional<Dcs> openGroup(int group, MemberName member) {
        return Optional.of(
                ConsulDcs.open(
                        ConsulServers.settings(
                                servers().endpoint(server()),
                                Optional.empty(),
                                base + "/" + group,
                                member)));
    }

    public final ConsulDcs openAt(int server, MemberName member) {
        return ConsulDcs.open(
                ConsulServers.settings(servers().endpoint(server), Optional.empty(), base, member));
    }

    @Override
    protected void abandon(Dcs dcs) {
        ((ConsulDcs) dcs).abandon();
    }

    @Override
    protected void loseSession(Dcs dcs) {
        String _ = operator("session/destroy/" + ((ConsulDcs) dcs).sessionId(), "");
    }

    /// What the servers answer to an operator who puts.
    final String operator(String target, String body) {
        try {
            return servers().ask(server(), Method.PUT, target, body).body();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    protected void passMoment() {}

    @Override
    protected void passTtl() {}

    @Override
    protected Duration ttlThatGrants(Duration granted) {
        return granted.multipliedBy(2);
    }

    @Override
    protected void plant(String path, String value) {
        assertThat(operator("kv/" + base + "/" + path, value)).startsWith("true");
    }

    @Override
    protected MonoTime now() {
        return Deadline.now();
    }

    /// As a member of Patroni does it: the key locked by a session, and nothing with it.
    @Test
    void aPatroniThatFollowsAToomaiIsNotTakenOver() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
        String body =
                "{\"TTL\":\"15s\",\"LockDelay\":\"1ms\",\"Behavior\":\"delete\",\"Checks\":[]}";
        String session = Json.parse(operator("session/create", body)).textAt("ID");
        assertThat(operator("kv/" + base + "/leader?acquire=" + session, "patroni"))
                .startsWith("true");
        assertRefused(two, seenBy(two), new MemberName("patroni"));
        assertThat(two.acquireLeader(TIMEOUT))
                .isEqualTo(new LeaderResult.Refused(Optional.of(new MemberName("patroni"))));
        String _ = operator("session/destroy/" + session, "");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> two.acquireLeader(TIMEOUT) instanceof LeaderResult.Held);
    }

    @Test
    void aPatroniOfTheSameNameIsAnEarlierProcess() {
        Dcs one = process(PG1);
        plant("leader", "pg1");
        assertThat(one.renewLeader(TIMEOUT)).isEqualTo(new LeaderResult.Refused(Optional.of(PG1)));
        assertHeld(one.acquireLeader(TIMEOUT));
        Dcs two = process(PG2);
        revision(one.writeAsLeader(DcsKey.SYNC, SYNC, Expect.ANYTHING, TIMEOUT));
        assertHeld(two.takeOver(seenBy(two), TIMEOUT));
    }

    @Test
    void renewalsDoNotChangeTheTerm() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        LeaderKey before = read(two).leader();
        for (int i = 0; i < 3; i++) {
            assertHeld(one.renewLeader(TIMEOUT));
        }
        assertThat(read(two).leader()).isEqualTo(before);
    }

    @Test
    void aLongerTtlIsAnotherSessionAndLeadershipStays() {
        ConsulDcs one = (ConsulDcs) process(PG1);
        assertHeld(one.acquireLeader(TIMEOUT));
        String first = one.sessionId();
        Duration longer = one.grantedTtl().plusSeconds(2);
        one.changeTtl(ttlThatGrants(longer));
        await().atMost(Duration.ofSeconds(20)).until(() -> !one.sessionId().equals(first));
        assertThat(one.grantedTtl()).isEqualTo(longer);
        assertHeld(one.renewLeader(TIMEOUT));
        one.changeTtl(ConsulServers.TTL);
        String second = one.sessionId();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> {
                    assertHeld(one.renewLeader(TIMEOUT)); // so that it knows of the shorter one
                    return !one.sessionId().equals(second);
                });
        assertHeld(one.renewLeader(TIMEOUT));
        assertThat(one.writeAsLeader(DcsKey.STATUS, "1", Expect.ANYTHING, TIMEOUT))
                .isInstanceOf(WriteResult.Written.class);
    }

    /// Consul has no shorter ones; what it has is what counts.
    @Test
    void aTtlBelowTheFloorIsRaised() {
        Dcs one = process(PG1);
        assertHeld(one.acquireLeader(TIMEOUT));
        one.changeTtl(Duration.ofSeconds(30));
        await().atMost(Duration.ofSeconds(20))
                .until(() -> one.grantedTtl().equals(Duration.ofSeconds(15)));
        one.changeTtl(Duration.ofSeconds(4));
        await().atMost(Duration.ofSeconds(20))
                .until(() -> one.grantedTtl().equals(Duration.ofSeconds(10)));
        assertHeld(one.renewLeader(TIMEOUT));
    }

    /// The session went by a hand, the process lives: a new one is taken without being asked for.
    @Test
    void aSessionThatIsLostIsReplaced() {
        ConsulDcs one = (ConsulDcs) process(PG1);
        String lost = one.sessionId();
        loseSession(one);
        await().atMost(Duration.ofSeconds(20)).until(() -> !one.sessionId().equals(lost));
        assertHeld(one.acquireLeader(TIMEOUT));
    }

    /// The session of a leader may end early while he counts on it: nobody else takes the key then,
    /// himself excepted.
    @Test
    void aKeyThatVanishedEarlyIsNotTakenAtOnce() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        assertHeld(one.renewLeader(TIMEOUT));
        loseSession(one);
        assertThat(read(two).leader()).isInstanceOf(LeaderKey.Vacant.class);
        assertThat(two.acquireLeader(TIMEOUT))
                .isEqualTo(new LeaderResult.Refused(Optional.of(PG1)));
        assertThat(one.renewLeader(TIMEOUT)).isInstanceOf(LeaderResult.Refused.class);
        assertHeld(one.acquireLeader(TIMEOUT));
    }

    @Test
    void aDocumentLargerThanASendBufferIsWritten() {
        Dcs dcs = process(PG1);
        String large = "{\"x\":\"" + "y".repeat(300_000) + "\"}";
        revision(dcs.write(DcsKey.CONFIG, large, Expect.ANYTHING, TIMEOUT));
        assertThat(read(dcs).config().orElseThrow().value()).isEqualTo(large);
    }

    @Test
    void namesWithUnusualLettersAreKeysOfTheirOwn() {
        Dcs dcs = process(new MemberName("pg 1%?ü"));
        dcs.publishMember("{\"state\":\"running\"}", TIMEOUT);
        assertThat(read(dcs).members()).hasSize(1);
        assertThat(read(dcs).members().getFirst().name()).isEqualTo(new MemberName("pg 1%?ü"));
        dcs.withdrawMember(TIMEOUT);
        assertThat(read(dcs).members()).isEmpty();
    }
}
