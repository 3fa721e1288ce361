package io.toomai.dcs.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.core.model.MemberName;
import io.toomai.core.model.Secret;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.etcd.EtcdSettings.Discovery;
import io.toomai.dcs.etcd.EtcdSettings.Login;
import io.toomai.settings.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Users and passwords against a real server that wants them.
abstract class EtcdAuthenticationKit {
    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final String RIGHT = "correct horse";
    private static final String WRONG = "battery staple";

    @TempDir private Path dir;

    abstract EtcdRelease release();

    private static EtcdDcs open(EtcdServers servers, Optional<String> password) {
        return EtcdDcs.open(
                new EtcdSettings(
                        List.of(servers.endpoint(0)),
                        Discovery.MEMBER_LIST,
                        Optional.empty(),
                        password.map(p -> new Login("root", new Secret(p))),
                        EtcdServers.NO_TLS,
                        "/service/guarded",
                        new MemberName("pg1"),
                        EtcdContractKit.TTL));
    }

    private static void guard(EtcdServers servers) throws Exception {
        Json user = Json.object().put("name", "root").put("password", RIGHT).done();
        Json grant = Json.object().put("user", "root").put("role", "root").done();
        servers.ask(0, "/v3/auth/user/add", user);
        servers.ask(0, "/v3/auth/role/add", Json.object().put("name", "root").done());
        servers.ask(0, "/v3/auth/user/grant", grant);
        servers.ask(0, "/v3/auth/enable", Json.Obj.EMPTY);
    }

    private static void assertDenied(EtcdServers servers, Optional<String> password) {
        try (EtcdDcs dcs = open(servers, password)) {
            assertThatThrownBy(() -> dcs.read(ReadMode.LINEARIZABLE, TIMEOUT))
                    .isInstanceOfSatisfying(
                            DcsException.class,
                            e -> {
                                assertThat(e.code()).isEqualTo(Code.DCS_DENIED);
                                assertThat(e.getMessage()).doesNotContain(WRONG);
                            });
            assertThatThrownBy(() -> dcs.acquireLeader(TIMEOUT)).isInstanceOf(DcsException.class);
        }
    }

    @Test
    void whoHasThePasswordIsLetInAlsoAfterTheTokenWasForgotten() throws Exception {
        try (EtcdServers servers = EtcdServers.start(release(), dir, 1);
                EtcdDcs early = open(servers, Optional.of(RIGHT))) {
            // A password that nobody asks for yet.
            assertThat(early.acquireLeader(TIMEOUT)).isInstanceOf(LeaderResult.Held.class);
            guard(servers);
            assertThat(early.renewLeader(TIMEOUT)).isInstanceOf(LeaderResult.Held.class);
            assertDenied(servers, Optional.of(WRONG));
            assertDenied(servers, Optional.empty());
            Queue<DcsEvent> heard = new ConcurrentLinkedQueue<>();
            early.watch(heard::add);
            servers.kill(0); // it keeps its tokens in memory
            servers.restart(0);
            assertThat(early.renewLeader(TIMEOUT)).isInstanceOf(LeaderResult.Held.class);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> {
                        early.write(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT);
                        return heard.contains(DcsEvent.CONFIG_CHANGED);
                    });
        }
    }
}
