package io.toomai.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.toomai.api.peer.PeerClient;
import io.toomai.api.tls.Contexts;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.StoreReading;
import io.toomai.core.model.MemberName;
import io.toomai.dcs.document.MemberDocument;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Who may take part under which name, with another member that answers on the loopback.
class NameCheckTest {
    private static final MemberName ME = new MemberName("pg-1");
    private static final LocalPostgres NO_DATA = new LocalPostgres.NoDataDirectory();

    private final PeerClient peers = new PeerClient(Contexts::anonymousClient);

    @SuppressWarnings("NullAway.Init") // made before each test
    private HttpServer other;

    @BeforeEach
    void start() throws IOException {
        other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        other.createContext(
                "/",
                exchange -> {
                    exchange.sendResponseHeaders(200, -1);
                    exchange.close();
                });
        other.start();
    }

    @AfterEach
    void stop() {
        other.stop(0);
        peers.close();
    }

    private String url() {
        return "http://127.0.0.1:" + other.getAddress().getPort() + "/patroni";
    }

    private Member member(String name) {
        return MemberDocument.read(new MemberName(name), "{\"api_url\":\"" + url() + "\"}");
    }

    private static HaView view(LocalPostgres postgres, LeaderKey leader, Member... members) {
        ClusterView empty = ClusterView.EMPTY;
        ClusterView cluster =
                new ClusterView(
                        empty.initialize(),
                        empty.config(),
                        leader,
                        List.of(members),
                        empty.failover(),
                        empty.sync(),
                        empty.status(),
                        empty.history(),
                        empty.failsafe());
        return Views.leaderWith(postgres).withStore(new StoreReading.Answered(cluster));
    }

    private static HaView view(LocalPostgres postgres, Member... members) {
        return view(postgres, new LeaderKey.Vacant(), members);
    }

    private NameCheck check() {
        return new NameCheck(ME, "http://10.0.0.1:8008/patroni", peers);
    }

    private static void assertEnds(Optional<Command.EndAgent> end, String... words) {
        assertThat(end)
                .hasValueSatisfying(e -> {
                    assertThat(e.status()).isEqualTo(Command.ExitStatus.FATAL);
                    assertThat(e.why()).contains(words);
                });
    }

    @Test
    void aNameThatSomebodyLivesUnderIsRefused() {
        assertEnds(check().look(view(NO_DATA, member("pg-1"))), "'pg-1'", url(), "another name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pg_1", "PG-1", "pg.1"})
    void aNameWithAnothersSlotIsRefused(String name) {
        assertEnds(
                check().look(view(NO_DATA, member(name))),
                "'pg-1'",
                "'" + name + "'",
                url(),
                "replication slot pg_1",
                "a name that differs");
    }

    @Test
    void otherNamesAreFine() {
        assertThat(check().look(view(NO_DATA, member("pg-2"), member("pg1")))).isEmpty();
    }

    @Test
    void whoIsDeadIsNoRival() {
        HaView view = view(NO_DATA, member("pg_1"), member("pg-1"));
        other.stop(0);
        assertThat(check().look(view)).isEmpty();
    }

    /// After a change of its own name an agent finds its old key in the store.
    @Test
    void anAgentIsNoRivalOfItself() {
        NameCheck renamed = new NameCheck(ME, url(), peers);
        assertThat(renamed.look(view(NO_DATA, member("pg_1")))).isEmpty();
    }

    @Test
    void aNodeThatRunsOrLeadsGoesOn() {
        assertThat(check().look(view(Views.standby(), member("pg_1")))).isEmpty();
        LeaderKey mine = new LeaderKey.HeldBy(ME, 42, LeaderKey.Ownership.ANOTHER_PROCESS);
        assertThat(check().look(view(NO_DATA, mine, member("pg_1")))).isEmpty();
    }

    @Test
    void aNewcomerEndsNobodyWhoHasBegun() {
        NameCheck check = check();
        assertThat(check.look(view(NO_DATA))).isEmpty();
        assertThat(check.look(view(NO_DATA, member("pg_1"), member("pg-1")))).isEmpty();
    }
}
