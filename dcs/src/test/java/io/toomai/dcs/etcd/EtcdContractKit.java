package io.toomai.dcs.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.TakeoverContractKit;
import io.toomai.dcs.WriteResult;
import io.toomai.dcs.etcd.EtcdSettings.Discovery;
import io.toomai.dcs.http.Endpoint;
import io.toomai.dcs.http.Refusal;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// The contract against real servers; each test has a scope of its own.
abstract class EtcdContractKit extends TakeoverContractKit {
    private static final AtomicInteger SCOPES = new AtomicInteger();

    /// Two elections long.
    static final Duration TTL = Duration.ofSeconds(4);

    final String base = "/service/scope" + SCOPES.incrementAndGet();

    abstract EtcdServers servers();

    /// The server that the next process talks to.
    int server() {
        return 0;
    }

    static EtcdSettings settings(
            List<Endpoint> endpoints, Discovery discovery, String base, MemberName member) {
        return new EtcdSettings(
                endpoints,
                discovery,
                Optional.empty(),
                Optional.empty(),
                EtcdServers.NO_TLS,
                base,
                member,
                TTL);
    }

    @Override
    protected Dcs open(MemberName member) {
        return openAt(server(), member);
    }

    @Override
    protected Optional<Dcs> openGroup(int group, MemberName member) {
        return Optional.of(
                EtcdDcs.open(
                        settings(
                                servers().endpointsFrom(server()),
                                Discovery.MEMBER_LIST,
                                base + "/" + group,
                                member)));
    }

    public final EtcdDcs openAt(int server, MemberName member) {
        return EtcdDcs.open(
                settings(servers().endpointsFrom(server), Discovery.MEMBER_LIST, base, member));
    }

    @Override
    protected void abandon(Dcs dcs) {
        ((EtcdDcs) dcs).abandon();
    }

    @Override
    protected void loseSession(Dcs dcs) {
        operator("/v3/lease/revoke", leaseBody(((EtcdDcs) dcs).leaseId()));
    }

    static Json leaseBody(String id) {
        return Json.object().put("ID", id).done();
    }

    final GatewayReply operator(String path, Json body) {
        try {
            return servers().ask(server(), path, body);
        } catch (IOException | Refusal e) {
            throw new AssertionError(e);
        }
    }

    @Override
    protected void passMoment() {}

    @Override
    protected void passTtl() {}

    @Override
    protected void plant(String path, String value) {
        operator("/v3/kv/put", Txn.putBody(base + "/" + path, value, GatewayReply.NO_LEASE));
    }

    @Override
    protected MonoTime now() {
        return Deadline.now();
    }

    /// As a member of Patroni does it: the key on a lease, and nothing with it.
    @Test
    void aPatroniThatFollowsAToomaiIsNotTakenOver() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
        String lease =
                Long.toString(
                        operator("/v3/lease/grant", Json.object().put("TTL", "60").done())
                                .at("ID"));
        operator("/v3/kv/put", Txn.putBody(base + "/leader", "patroni", lease));
        assertRefused(two, seenBy(two), new MemberName("patroni"));
        operator("/v3/lease/revoke", leaseBody(lease));
        assertHeld(two.acquireLeader(TIMEOUT));
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
    void aShorterTtlKeepsLeadership() {
        Dcs one = process(PG1);
        assertHeld(one.acquireLeader(TIMEOUT));
        Duration wanted = TTL.minusSeconds(1);
        one.changeTtl(wanted);
        await().atMost(Duration.ofSeconds(20)).until(() -> one.grantedTtl().equals(wanted));
        String first = ((EtcdDcs) one).leaseId();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> {
                    assertHeld(one.renewLeader(TIMEOUT)); // so that it knows of the shorter one
                    return !((EtcdDcs) one).leaseId().equals(first);
                });
        assertHeld(one.renewLeader(TIMEOUT));
        assertThat(one.writeAsLeader(DcsKey.STATUS, "1", Expect.ANYTHING, TIMEOUT))
                .isInstanceOf(WriteResult.Written.class);
    }

    /// The lease went by a hand, the process lives: a new one is taken without being asked for.
    @Test
    void aLeaseThatIsLostIsReplaced() {
        EtcdDcs one = (EtcdDcs) process(PG1);
        String lost = one.leaseId();
        operator("/v3/lease/revoke", leaseBody(lost));
        await().atMost(Duration.ofSeconds(20)).until(() -> !one.leaseId().equals(lost));
        assertHeld(one.acquireLeader(TIMEOUT));
    }

    @Test
    void aDocumentLargerThanASendBufferIsWritten() {
        Dcs dcs = process(PG1);
        String large = "{\"x\":\"" + "y".repeat(300_000) + "\"}";
        revision(dcs.write(DcsKey.CONFIG, large, Expect.ANYTHING, TIMEOUT));
        assertThat(read(dcs).config().orElseThrow().value()).isEqualTo(large);
    }
}
