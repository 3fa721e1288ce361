package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.FreePorts;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
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

    /// One proxy, as a process of its own.
    private record Lone(Path file, int port, int metrics, Process process) {
        String log() throws IOException {
            return Files.readString(file.resolveSibling("log"));
        }
    }

    private static Lone start(TestCluster cluster, String name, String source) throws IOException {
        Path home = Files.createDirectory(cluster.folder().resolve(name));
        int port = FreePorts.next();
        int metrics = FreePorts.next();
        Path file =
                Files.writeString(home.resolve("proxy.yml"), settings(port, metrics, source, 8));
        if (Processes.isRoot()) {
            Processes.run("chown", "-R", "postgres:postgres", home.toString());
        }
        List<String> command = new ArrayList<>(Image.command());
        command.addAll(List.of("proxy", file.toString()));
        Process process =
                new ProcessBuilder(command)
                        .directory(home.toFile())
                        .redirectInput(new File("/dev/null"))
                        .redirectErrorStream(true)
                        .redirectOutput(home.resolve("log").toFile())
                        .start();
        Lone lone = new Lone(file, port, metrics, process);
        Waiting.until(
                name + " leads to a primary",
                TestCluster.LONG,
                () -> {
                    try (Connection _ = ProxyClient.through(port)) {
                        return true;
                    } catch (java.sql.SQLException e) {
                        return false;
                    }
                });
        return lone;
    }

    private static String settings(int port, int metrics, String source, int size) {
        return """
        scope: e2e
        postgresql:
          authentication:
            superuser: {username: postgres, password: sup}
        toomai:
          proxy:
            listen: 127.0.0.1:%d
            pgbouncer:
              pool_mode: transaction
              default_pool_size: %d
              metrics_port: %d
              admin_users: postgres
        %s
        """
                .formatted(port, size, metrics, source);
    }

    @Test
    void clientsOfProxiesElsewhereHearNothingOfASwitchover() throws Exception {
        try (Etcd etcd = Etcd.start(Etcd.Release.V34, dir)) {
            TestCluster cluster = CLUSTERS.own(etcd.storeOf(Plan.of(Postgres.V15))).start();
            String store = "etcd3: {hosts: '127.0.0.1:%d'}".formatted(etcd.port());
            String members =
                    cluster.nodes().stream()
                            .map(node -> "127.0.0.1:" + node.rest().port())
                            .collect(Collectors.joining(", ", "    members: [", "]"));
            Lone byStore = start(cluster, "by-store", store);
            Lone byMembers = start(cluster, "by-members", members);
            try {
                switchOverAndLoseTheLeader(cluster, byStore, byMembers);
                aReloadIsTaken(byMembers, members);
            } finally {
                byStore.process().destroyForcibly().waitFor();
                byMembers.process().destroyForcibly().waitFor();
            }
        }
    }

    private static void switchOverAndLoseTheLeader(
            TestCluster cluster, Lone byStore, Lone byMembers) throws Exception {
        cluster.leader().execute("create table kept (n bigint)");
        List<ProxyClient> clients = new ArrayList<>();
        for (Lone each : List.of(byStore, byMembers)) {
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
        for (Lone each : List.of(byStore, byMembers)) {
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

    private static void aReloadIsTaken(Lone lone, String source) throws Exception {
        assertThat(page(lone.metrics())).contains("pgbouncer_up 1");
        Files.writeString(lone.file(), settings(lone.port(), lone.metrics(), source, 9));
        Processes.send(Processes.Signal.HUP, List.of(pid(lone)));
        Waiting.until("SIGHUP reloads", TestCluster.LONG, () -> size(lone).equals("9"));
        Files.writeString(
                lone.file(), settings(lone.port(), lone.metrics(), "    membres: []", 10));
        Processes.send(Processes.Signal.HUP, List.of(pid(lone)));
        Waiting.until(
                "the log says what is wrong",
                TestCluster.LONG,
                () -> lone.log().contains("toomai.proxy.membres: is not a setting"));
        assertThat(size(lone)).isEqualTo("9");
    }

    /// The command may be run by way of another one that changes the user.
    private static long pid(Lone lone) {
        return lone.process()
                .descendants()
                .reduce((_, last) -> last)
                .orElse(lone.process().toHandle())
                .pid();
    }

    private static String size(Lone lone) throws Exception {
        try (Connection console = ProxyClient.toConsole(lone.port());
                Statement statement = console.createStatement();
                ResultSet rows = statement.executeQuery("SHOW CONFIG")) {
            while (rows.next()) {
                if (rows.getString(1).equals("default_pool_size")) {
                    return rows.getString(2);
                }
            }
            return "";
        }
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
