package io.toomai.dcs.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.LeaderResult.Held;
import io.toomai.dcs.etcd.EtcdSettings.Discovery;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a server's raft term tells of its answers: one that is left behind is not believed, and a
/// renewal counts only when one leader of the store has certainly counted it (decision 0013).
class EtcdTermsTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final Duration BRIEF = Duration.ofSeconds(2);
    private static final String BASE = "/service/terms";
    private static final String STORE = "1001";
    private static final String LEASE = "77";

    /// So long that nothing but the test's own calls keeps the lease alive meanwhile.
    private static final Duration TTL = Duration.ofMinutes(10);

    private static EtcdDcs open(ScriptedGateway... gateways) {
        return EtcdDcs.open(
                new EtcdSettings(
                        Stream.of(gateways).map(ScriptedGateway::endpoint).toList(),
                        Discovery.NONE,
                        Optional.empty(),
                        Optional.empty(),
                        EtcdServers.NO_TLS,
                        BASE,
                        new MemberName("pg1"),
                        TTL));
    }

    // ---- reads

    /// A server whose memory of the scope can be exchanged.
    private static final class Remembering implements ScriptedGateway.Script {
        final AtomicInteger reads = new AtomicInteger();
        private volatile Optional<Json> memory;

        Remembering(Json memory) {
            this.memory = Optional.of(memory);
        }

        void becomes(Json another) {
            memory = Optional.of(another);
        }

        void fails() {
            memory = Optional.empty();
        }

        @Override
        public Json answer(String path, Json asked) {
            if (!asked.at("range_end").isNull()) {
                reads.incrementAndGet(); // else it is the watch that asks
            }
            return path.equals("/v3/kv/range")
                    ? memory.orElse(ScriptedGateway.UNAVAILABLE)
                    : ScriptedGateway.UNAVAILABLE;
        }
    }

    private static Json vacant(String store, long term) {
        return ScriptedGateway.headed(store, "1", term).done();
    }

    private static Json ledBy(String leader, String store, long term) {
        Json key =
                Json.object()
                        .put("key", Txn.base64(BASE + "/leader"))
                        .put("value", Txn.base64(leader))
                        .put("mod_revision", "5")
                        .put("lease", "99")
                        .done();
        return ScriptedGateway.headed(store, "1", term)
                .put("kvs", new Json.Arr(List.of(key)))
                .done();
    }

    private static LeaderKey leader(EtcdDcs dcs, ReadMode mode) {
        return dcs.read(mode, TIMEOUT).leader();
    }

    private static void assertLedByPg2(EtcdDcs dcs, ReadMode mode) {
        assertThat(leader(dcs, mode).isHeldBy(new MemberName("pg2"))).isTrue();
    }

    /// To believe it would be to see no leader while there is one.
    @ParameterizedTest
    @EnumSource(ReadMode.class)
    void aServerThatIsLeftBehindIsNotBelieved(ReadMode mode) throws Exception {
        Remembering sound = new Remembering(ledBy("pg2", STORE, 5));
        Remembering left = new Remembering(ledBy("pg2", STORE, 5));
        try (ScriptedGateway first = ScriptedGateway.start(sound);
                ScriptedGateway second = ScriptedGateway.start(left);
                EtcdDcs dcs = open(first, second)) {
            assertLedByPg2(dcs, mode);
            left.becomes(vacant(STORE, 4));
            sound.fails();
            assertThatThrownBy(() -> dcs.read(mode, BRIEF)).isInstanceOf(DcsException.class);
            sound.becomes(ledBy("pg2", STORE, 5));
            assertLedByPg2(dcs, mode);
            left.becomes(ledBy("pg3", STORE, 6)); // it has caught up
            sound.fails();
            assertThat(leader(dcs, mode).isHeldBy(new MemberName("pg3"))).isTrue();
        }
    }

    /// As after a restore in place: the store's name is the same, its terms begin anew.
    @Test
    void aStoreFromABackupIsNotBelievedAndTheMessageSaysTheWayOut() throws Exception {
        Remembering script = new Remembering(ledBy("pg2", STORE, 5));
        try (ScriptedGateway gateway = ScriptedGateway.start(script);
                EtcdDcs dcs = open(gateway)) {
            assertLedByPg2(dcs, ReadMode.LINEARIZABLE);
            script.becomes(vacant(STORE, 2));
            script.reads.set(0);
            // A busy machine may be late for an answer, which is another message.
            await().atMost(TIMEOUT)
                    .untilAsserted(() -> {
                        assertThatThrownBy(() -> dcs.read(ReadMode.LINEARIZABLE, BRIEF))
                                .isInstanceOf(DcsException.class)
                                .hasMessageContaining(gateway.endpoint() + ": ")
                                .hasMessageContaining("pg1")
                                .hasMessageContaining("term is 2, that of the others 5")
                                .hasMessageContaining("restart Toomai on every node");
                    });
            assertThat(script.reads).as("asked again after a pause").hasValueLessThan(500);
            try (EtcdDcs restarted = open(gateway)) {
                assertThat(leader(restarted, ReadMode.LINEARIZABLE))
                        .isInstanceOf(LeaderKey.Vacant.class);
            }
        }
    }

    @Test
    void aStoreThatWasSetUpAnewCountsItsOwnTerms() throws Exception {
        Remembering script = new Remembering(ledBy("pg2", STORE, 5));
        try (ScriptedGateway gateway = ScriptedGateway.start(script);
                EtcdDcs dcs = open(gateway)) {
            assertLedByPg2(dcs, ReadMode.LINEARIZABLE);
            script.becomes(vacant("1002", 2));
            assertThat(leader(dcs, ReadMode.LINEARIZABLE)).isInstanceOf(LeaderKey.Vacant.class);
        }
    }

    // ---- renewals

    /// Whether the server that passes a keepalive on finds the lease.
    private enum Found {
        LEASE,
        NOTHING
    }

    /// What a renewal meets: the keepalive's server and term, and the transaction's.
    private record Meeting(
            Found found, String keptBy, long keptTerm, String provenBy, long provenTerm) {
        static final Meeting SOUND = new Meeting(Found.LEASE, "1", 5, "1", 5);
    }

    /// A store in which the key hangs on this process's lease, and whose renewals meet what was
    /// scripted, then only [Meeting#SOUND].
    private static final class Renewing implements ScriptedGateway.Script {
        final Queue<MonoTime> proofs = new ConcurrentLinkedQueue<>();
        private final Queue<Meeting> meetings;
        private final Meeting then;
        private Meeting now = Meeting.SOUND;

        Renewing(List<Meeting> meetings, Meeting then) {
            this.meetings = new ArrayDeque<>(meetings);
            this.then = then;
        }

        @Override
        public synchronized Json answer(String path, Json asked) {
            return switch (path) {
                case "/v3/lease/grant" ->
                        ScriptedGateway.headed(STORE, "1", 5)
                                .put("ID", LEASE)
                                .put("TTL", Long.toString(TTL.toSeconds()))
                                .done();
                case "/v3/lease/keepalive" -> {
                    now = Optional.ofNullable(meetings.poll()).orElse(then);
                    yield Json.object()
                            .put(
                                    "result",
                                    ScriptedGateway.headed(STORE, now.keptBy(), now.keptTerm())
                                            .put("ID", LEASE)
                                            .put("TTL", now.found() == Found.LEASE ? "600" : "0")
                                            .done())
                            .done();
                }
                case Txn.PATH -> {
                    proofs.add(Deadline.now());
                    yield ScriptedGateway.headed(STORE, now.provenBy(), now.provenTerm())
                            .put("succeeded", true)
                            .done();
                }
                default -> ScriptedGateway.UNAVAILABLE;
            };
        }
    }

    /// @param odd what the first renewal after the acquisition meets
    private static void assertCountsFromTheNextTry(Meeting odd) throws IOException {
        Renewing script = new Renewing(List.of(Meeting.SOUND, odd), Meeting.SOUND);
        try (ScriptedGateway gateway = ScriptedGateway.start(script);
                EtcdDcs dcs = open(gateway)) {
            assertThat(dcs.acquireLeader(TIMEOUT)).isInstanceOf(Held.class);
            script.proofs.clear();
            LeaderResult renewed = dcs.renewLeader(TIMEOUT);
            assertThat(renewed).isInstanceOf(Held.class);
            assertThat(script.proofs).hasSize(2);
            MonoTime unsure = script.proofs.element();
            assertThat(((Held) renewed).countsFrom().since(unsure))
                    .as("counts from after the first try was answered")
                    .isGreaterThanOrEqualTo(Duration.ZERO);
        }
    }

    @Test
    void aRenewalAcrossTwoTermsIsTriedAgain() throws IOException {
        assertCountsFromTheNextTry(new Meeting(Found.LEASE, "1", 4, "1", 5));
    }

    /// As through a proxy that sends each request elsewhere.
    @Test
    void aRenewalThatTwoServersAnsweredIsTriedAgain() throws IOException {
        assertCountsFromTheNextTry(new Meeting(Found.LEASE, "1", 5, "2", 5));
    }

    /// The store's leader was just elected and has not applied the grant yet.
    @Test
    void aLeaseThatTheQuorumKnowsIsNotOverBecauseOneServerDoesNotFindIt() throws IOException {
        assertCountsFromTheNextTry(new Meeting(Found.NOTHING, "1", 5, "1", 5));
    }

    @Test
    void whereNoTwoAnswersAreOfOneTermNothingEverCounts() throws IOException {
        Meeting torn = new Meeting(Found.LEASE, "1", 4, "1", 5);
        Renewing script = new Renewing(List.of(Meeting.SOUND), torn);
        try (ScriptedGateway gateway = ScriptedGateway.start(script);
                EtcdDcs dcs = open(gateway)) {
            assertThat(dcs.acquireLeader(TIMEOUT)).isInstanceOf(Held.class);
            assertThatThrownBy(() -> dcs.renewLeader(BRIEF)).isInstanceOf(DcsException.class);
        }
    }
}
