package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// `toomai proxy FILE` beside a cluster: one knows it from its etcd, one from its members' REST
/// interfaces. Clients of both hear nothing of a planned switchover, and go on with the next
/// primary when one dies.
class ProxyAloneIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @TempDir private Path dir;

    @Test
    void clientsOfProxiesElsewhereHearNothingOfASwitchover() throws Exception {
        try (Etcd etcd = Etcd.start(Etcd.Release.V34, dir)) {
            TestCluster cluster = CLUSTERS.own(etcd.storeOf(Plan.of(Postgres.V15))).start();
            String store = "etcd3: {hosts: '127.0.0.1:%d'}".formatted(etcd.port());
            String members =
                    cluster.nodes().stream()
                            .map(node -> "127.0.0.1:" + node.rest().port())
                            .collect(Collectors.joining(", ", "    members: [", "]"));
            LoneProxy byStore = LoneProxy.start(cluster, "by-store", store);
            LoneProxy byMembers = LoneProxy.start(cluster, "by-members", members);
            try {
                switchOverAndLoseTheLeader(cluster, byStore, byMembers);
                aReloadIsTaken(byMembers, members);
            } finally {
                byStore.close();
                byMembers.close();
            }
        }
    }

    private static void switchOverAndLoseTheLeader(
            TestCluster cluster, LoneProxy byStore, LoneProxy byMembers) throws Exception {
        cluster.leader().execute("create table kept (n bigint)");
        List<ProxyClient> clients = new ArrayList<>();
        for (LoneProxy each : List.of(byStore, byMembers)) {
            clients.add(new ProxyClient(each.port(), ProxyClient.Shape.ALONE));
            clients.add(new ProxyClient(each.port(), ProxyClient.Shape.IN_A_BLOCK));
        }
        for (int turn = 0; turn < 2; turn++) {
            clients.forEach(ProxyClient::awaitProgress);
            cluster.switchOverFrom(cluster.leader());
            cluster.awaitHealthy();
        }
        clients.forEach(ProxyClient::awaitProgress);
        for (ProxyClient client : clients) {
            assertThat(client.trouble).isEmpty();
            assertThat(client.rolledBack).isEmpty();
            assertThat(client.unknown).isEmpty();
        }
        for (LoneProxy each : List.of(byStore, byMembers)) {
            assertThat(each.log()).contains("clients wait for a switchover");
        }
        TestNode old = cluster.leader();
        old.killEverything();
        clients.forEach(ProxyClient::awaitProgress);
        for (ProxyClient client : clients) {
            client.stop();
            assertThat(client.trouble).isEmpty();
        }
        ProxyClient.assertThatEachKnows(clients, cluster.leaderAfter(old));
    }

    private static void aReloadIsTaken(LoneProxy lone, String source) throws Exception {
        assertThat(page(lone.metrics())).contains("pgbouncer_up 1");
        lone.reload(source, 9);
        Waiting.until(
                "SIGHUP reloads",
                TestCluster.LONG,
                () -> ProxyClient.setting(lone.port(), "default_pool_size").equals("9"));
        lone.reload("    membres: []", 10);
        Waiting.until(
                "the log says what is wrong",
                TestCluster.LONG,
                () -> lone.log().contains("toomai.proxy.membres: is not a setting"));
        assertThat(ProxyClient.setting(lone.port(), "default_pool_size")).isEqualTo("9");
    }

    private static String page(int port) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(
                                            URI.create("http://127.0.0.1:" + port + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }
}
