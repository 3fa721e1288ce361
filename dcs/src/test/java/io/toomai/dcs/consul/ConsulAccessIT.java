package io.toomai.dcs.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.core.model.MemberName;
import io.toomai.core.model.Secret;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.http.HttpRequest.Method;
import io.toomai.settings.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tokens against a real server that wants them.
class ConsulAccessIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final Secret OPERATOR = new Secret("5e1c2f0a-0000-4000-8000-000000000001");
    private static final Secret WRONG = new Secret("5e1c2f0a-0000-4000-8000-000000000002");

    @TempDir private Path dir;

    private static ConsulDcs open(ConsulServers servers, Optional<Secret> token) {
        return ConsulDcs.open(
                ConsulServers.settings(
                        servers.endpoint(0), token, "service/guarded", new MemberName("pg1")));
    }

    /// A token that may do what these rules say.
    private static Secret token(ConsulServers servers, String name, String rules) throws Exception {
        Json policy = Json.object().put("Name", name).put("Rules", rules).done();
        String json = policy.compact();
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        servers.ask(0, Method.PUT, "acl/policy", json, Optional.of(OPERATOR))
                                        .status()
                                == 200);
        String body = "{\"Policies\":[{\"Name\":\"" + name + "\"}]}";
        return new Secret(
                Json.parse(
                                servers.ask(0, Method.PUT, "acl/token", body, Optional.of(OPERATOR))
                                        .body())
                        .textAt("SecretID"));
    }

    private static void assertDenied(ThrowingCallable call, Optional<Secret> token) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        DcsException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(Code.DCS_DENIED);
                            assertThat(e.getMessage()).contains("consul.token");
                            token.ifPresent(
                                    t -> assertThat(e.getMessage()).doesNotContain(t.reveal()));
                        });
    }

    @Test
    void onlyATokenWithTheRightsIsLetIn() throws Exception {
        String access =
                "acl { enabled = true default_policy = \"deny\" tokens { master = \""
                        + OPERATOR.reveal()
                        + "\" } }";
        String keys = "key_prefix \"service/guarded/\" { policy = \"write\" }";
        String sessions = "session_prefix \"\" { policy = \"write\" }";
        try (ConsulServers servers = ConsulServers.start(dir, 1, access)) {
            Secret enough = token(servers, "enough", keys + " " + sessions);
            Secret noSession = token(servers, "no-session", keys);
            Secret readOnly =
                    token(servers, "read-only", keys.replace("write", "read") + " " + sessions);
            try (ConsulDcs dcs = open(servers, Optional.of(enough))) {
                assertThat(dcs.acquireLeader(TIMEOUT)).isInstanceOf(LeaderResult.Held.class);
                assertThat(dcs.renewLeader(TIMEOUT)).isInstanceOf(LeaderResult.Held.class);
                assertThat(
                                dcs.read(ReadMode.LINEARIZABLE, TIMEOUT)
                                        .leader()
                                        .isHeldBy(new MemberName("pg1")))
                        .isTrue();
            }
            for (Optional<Secret> token :
                    List.of(Optional.of(WRONG), Optional.of(noSession), Optional.of(readOnly))) {
                try (ConsulDcs dcs = open(servers, token)) {
                    assertDenied(() -> dcs.acquireLeader(TIMEOUT), token);
                }
            }
            try (ConsulDcs dcs = open(servers, Optional.empty())) {
                assertDenied(() -> dcs.publishMember("{}", TIMEOUT), Optional.empty());
            }
        }
    }
}
