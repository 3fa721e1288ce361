package io.toomai.dcs.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.core.model.MemberName;
import io.toomai.dcs.consul.ConsulDcsSettings.Access;
import io.toomai.dcs.consul.ConsulDcsSettings.Consistency;
import io.toomai.dcs.consul.ConsulDcsSettings.Service;
import io.toomai.dcs.http.HttpRequest.Method;
import io.toomai.settings.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The member as a service of a real agent.
class ConsulServiceIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String ID = "Shop_1/pg1";

    @TempDir private Path dir;

    private static ConsulDcs open(ConsulServers servers) {
        return ConsulDcs.open(
                new ConsulDcsSettings(
                        servers.endpoint(0),
                        new Access(Optional.empty(), Optional.empty(), Consistency.DEFAULT),
                        List.of(),
                        ConsulServers.NO_TLS,
                        "service/Shop_1",
                        new MemberName("pg1"),
                        ConsulServers.TTL,
                        Optional.of(new Service(List.of("gold"), "1s", Optional.empty()))));
    }

    private static String document(String role, String state) {
        return Json.object()
                .put("conn_url", "postgres://10.0.0.1:5433/postgres")
                .put("api_url", "http://127.0.0.1:1/patroni")
                .put("role", role)
                .put("state", state)
                .done()
                .compact();
    }

    private static Json service(ConsulServers servers) throws Exception {
        return Json.parse(servers.ask(0, Method.GET, "agent/services", "").body()).at(ID);
    }

    private static List<String> tags(ConsulServers servers) throws Exception {
        return service(servers).at("Tags").items().stream().map(Json::scalar).toList();
    }

    @Test
    void theServiceFollowsTheMember() throws Exception {
        try (ConsulServers servers = ConsulServers.start(dir, 1)) {
            try (ConsulDcs dcs = open(servers)) {
                dcs.publishMember(document("replica", "starting"), TIMEOUT);
                dcs.publishMember(document("primary", "running"), TIMEOUT);
                await().atMost(PATIENCE)
                        .until(() -> tags(servers).equals(List.of("gold", "primary", "master")));
                assertThat(service(servers).textAt("Service")).isEqualTo("shop-1");
                assertThat(service(servers).textAt("Address")).isEqualTo("10.0.0.1");
                assertThat(service(servers).longAt("Port")).hasValue(5433);
                await().atMost(PATIENCE) // that is what it tries to ask
                        .until(() ->
                                servers.ask(0, Method.GET, "agent/checks", "")
                                        .body()
                                        .contains("http://127.0.0.1:1/primary"));
                dcs.publishMember(document("standby_leader", "running"), TIMEOUT);
                await().atMost(PATIENCE)
                        .until(() -> tags(servers).equals(List.of("gold", "standby-leader")));
                dcs.publishMember(document("replica", "stopped"), TIMEOUT);
                await().atMost(PATIENCE).until(() -> service(servers).isNull());
                dcs.publishMember(document("replica", "running"), TIMEOUT);
                await().atMost(PATIENCE)
                        .until(() -> tags(servers).equals(List.of("gold", "replica")));
            }
            assertThat(service(servers).isNull()).isTrue();
        }
    }

    @Test
    void namesAreThoseOfTheDns() {
        assertThat(ServiceRegistration.serviceName("My shop_1.ü")).isEqualTo("my-shop-1-u0252");
        assertThat(ServiceRegistration.serviceName("x".repeat(300))).hasSize(230);
    }
}
