package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.e2e.Processes.Signal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Wrong settings, wrong data, wrong surroundings: the message names the thing and the way out, and
/// nothing is lost. A cluster of one member stands by; what is wrong is wrong with a guest.
class BadInputIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    private static final Duration END = Duration.ofMinutes(1);

    private static TestCluster cluster() {
        return CLUSTERS.shared(Plan.of(Postgres.V15).withNodes(1));
    }

    private static void own(Path path) {
        if (Processes.isRoot()) {
            Processes.run("chown", "-R", "postgres:postgres", path.toString());
        }
    }

    /// Starts it and expects it to give up with words that hold all of these.
    private static void endsSaying(TestNode node, String... words) {
        node.start();
        assertThat(node.awaitEnd(END)).as(node.log()).isEqualTo(1);
        assertThat(node.log()).contains(words);
        assertThat(node.log()).as("no stack trace for the operator").doesNotContain("\tat ");
    }

    private static void says(TestNode node, String... words) {
        Waiting.untilAsserted(
                node + " says why", TestCluster.LONG, () -> assertThat(node.log()).contains(words));
    }

    private static void awaitStreaming(TestCluster cluster, TestNode node) {
        Waiting.untilAsserted(
                node + " streams",
                TestCluster.LONG,
                () -> {
                    assertThat(node.status().path("replication_state").asString(""))
                            .as(node.log())
                            .isEqualTo("streaming");
                    assertThat(cluster.isHealthy()).isTrue();
                });
    }

    // ---- settings

    @Test
    void settingsThatCannotBe() {
        TestNode node = CLUSTERS.own(Plan.of(Postgres.V15).withNodes(1)).nodes().getFirst();
        node.rewriteSettings("name: pg1", "nam: pg1");
        node.rewriteSettings("  pgpass:", "  pgpas:");
        node.rewriteSettings(
                "toomai:\n",
                "log:\n  level: LOUD\n  file_num: many\ntoomai:\n  journal: {views: 0}\n");
        String[] words = {
            "nam",
            "name",
            "postgresql.pgpas",
            "pgpass",
            "log.level",
            "LOUD",
            "log.file_num",
            "many",
            "toomai.journal.views"
        };
        var command = new ArrayList<>(Image.command());
        command.addAll(List.of("agent", "--validate-config", node.settings().toString()));
        Processes.Ended validated = Processes.run(command.toArray(String[]::new));
        assertThat(validated.output()).contains(words);
        assertThat(validated.status()).isEqualTo(1);
        endsSaying(node, words);
        assertThat(node.data()).doesNotExist();
    }

    @Test
    void programsThatAreMissing() {
        TestNode node = cluster().guest("nobin");
        node.rewriteSettings("bin_dir: /usr/lib/postgresql/15/bin", "bin_dir: /nowhere/bin");
        endsSaying(node, "/nowhere/bin", "postgresql.bin_dir");
        assertThat(node.data()).doesNotExist();
    }

    @Test
    void programsOfAnotherVersion() throws IOException {
        TestNode node = cluster().guest("oldbin");
        Files.createDirectories(node.data());
        Files.writeString(node.data().resolve("PG_VERSION"), "14\n");
        own(node.data());
        endsSaying(node, node.data().toString(), "PostgreSQL 14", "PostgreSQL 15", "pg_upgrade");
        assertThat(node.data().resolve("PG_VERSION")).content().isEqualTo("14\n");
    }

    // ---- data

    @Test
    void dataThatCannotBeRead() throws IOException {
        TestCluster cluster = cluster();
        TestNode node = cluster.guest("locked");
        Files.createDirectories(node.data());
        Files.writeString(node.data().resolve("PG_VERSION"), "15\n");
        own(node.data());
        Processes.run("chmod", "000", node.data().toString());
        try {
            endsSaying(node, node.data().toString(), "read");
        } finally {
            Processes.run("chmod", "700", node.data().toString());
        }
        assertThat(node.data().resolve("PG_VERSION")).content().isEqualTo("15\n");
    }

    @Test
    void dataOfAnotherCluster() throws IOException {
        TestCluster cluster = cluster();
        TestNode node = cluster.guest("stranger");
        Processes.Ended made =
                Processes.runUnprivileged(
                        node.folder(),
                        "/usr/lib/postgresql/15/bin/initdb",
                        "--no-sync",
                        "--auth=trust",
                        "-D",
                        node.data().toString());
        assertThat(made.status()).as(made.output()).isZero();
        String before = fingerprint(node.data());
        endsSaying(node, "belongs to a different cluster", "scope");
        assertThat(fingerprint(node.data())).isEqualTo(before);
        assertThat(node.data().resolve("standby.signal")).doesNotExist();
        cluster.awaitHealthy();
    }

    private static String fingerprint(Path data) throws IOException {
        return HexFormat.of().formatHex(Files.readAllBytes(data.resolve("global/pg_control")))
                + Files.readString(data.resolve("postgresql.conf"));
    }

    @Test
    void aCorruptControlFile() throws IOException, SQLException {
        TestCluster cluster = cluster();
        TestNode node = cluster.guest("corrupt");
        node.start();
        awaitStreaming(cluster, node);
        node.signalAgent(Signal.TERM);
        assertThat(node.awaitEnd(END)).isZero();
        Path control = node.data().resolve("global/pg_control");
        byte[] bytes = Files.readAllBytes(control);
        bytes[100] ^= 0x55;
        Files.write(control, bytes);
        node.start();
        says(node, "data directory is not usable", "pg_control");
        assertThat(node.rest().get("/health").code()).isEqualTo(503);
        assertThat(node.rest().get("/patroni").code()).isEqualTo(200);
        assertThat(node.postmasterPid()).as("nothing starts on such data").isEmpty();
        assertThat(Files.readAllBytes(control)).as("nothing was changed").isEqualTo(bytes);
        Rest.Answer answer = node.rest().change("POST", "/reinitialize", "{}");
        assertThat(answer.code()).as(answer.body()).isEqualTo(200);
        awaitStreaming(cluster, node);
        try (var beside = Files.list(node.folder())) {
            assertThat(beside.map(p -> p.getFileName().toString()))
                    .as("the old data is kept beside the new")
                    .anyMatch(name -> name.startsWith("data."));
        }
    }

    // ---- surroundings

    @Test
    void aRestPortInUse() throws IOException {
        TestCluster cluster = cluster();
        TestNode node = cluster.guest("norest");
        try (ServerSocket taken = occupy(node.rest().port())) {
            endsSaying(node, "127.0.0.1:" + taken.getLocalPort(), "restapi.listen");
        }
    }

    @Test
    void aStorePortInUse() throws IOException {
        TestCluster own = CLUSTERS.own(Plan.of(Postgres.V15).withNodes(1));
        TestNode node = own.nodes().getFirst();
        try (ServerSocket taken = occupy(own.storePort(1))) {
            endsSaying(node, Integer.toString(taken.getLocalPort()), "in use");
        }
        assertThat(node.data()).as("no cluster was made").doesNotExist();
    }

    @Test
    void aPostgresPortInUse() throws IOException {
        TestCluster cluster = cluster();
        TestNode node = cluster.guest("noport");
        try (ServerSocket taken = occupy(node.postgresPort())) {
            node.start();
            says(node, "Address already in use", Integer.toString(taken.getLocalPort()));
            assertThat(node.agentRuns()).isTrue();
            assertThat(node.rest().get("/patroni").code()).isEqualTo(200);
        }
        awaitStreaming(cluster, node);
    }

    private static ServerSocket occupy(int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return socket;
    }

    @Test
    void aWrongReplicationPassword() {
        TestCluster cluster = cluster();
        TestNode node = cluster.guest("norep");
        node.rewriteSettings("password: rep}", "password: wrong}");
        node.start();
        says(node, "password authentication failed for user \"replicator\"");
        assertThat(node.agentRuns()).as("it goes on trying").isTrue();
        correct(node, "password: wrong}", "password: rep}");
        awaitStreaming(cluster, node);
    }

    @Test
    void aWrongSuperuserPassword() throws IOException {
        TestCluster cluster = cluster();
        TestNode node = cluster.guest("nosuper");
        node.rewriteSettings("password: sup}", "password: wrong}");
        node.start();
        says(node, "password authentication failed for user \"postgres\"");
        assertThat(node.rest().get("/replica").code()).isEqualTo(503);
        correct(node, "password: wrong}", "password: sup}");
        awaitStreaming(cluster, node);
    }

    private static void correct(TestNode node, String from, String to) {
        node.signalAgent(Signal.TERM);
        assertThat(node.awaitEnd(END)).as(node.log()).isZero();
        node.rewriteSettings(from, to);
        node.start();
    }

    @Test
    void aSecondAgentUnderTheSameName() throws SQLException {
        TestCluster cluster = cluster();
        TestNode node = cluster.guest("twin");
        node.rewriteSettings("name: twin", "name: pg1");
        endsSaying(node, "there is already a node named 'pg1' running", "another name");
        assertThat(node.data()).doesNotExist();
        cluster.awaitHealthy();
        cluster.leader().execute("create table if not exists still_writable (n int)");
    }

    @Test
    void aSecondMemberWithTheSameSlot() {
        TestCluster cluster = cluster();
        TestNode node = cluster.guest("namesake");
        node.rewriteSettings("name: namesake", "name: PG1");
        endsSaying(node, "'PG1' and the member 'pg1'", "replication slot pg1", "give this one");
        assertThat(node.data()).doesNotExist();
        cluster.awaitHealthy();
    }

    @Test
    void aDiskThatFillsWhileCloning() throws IOException {
        assumeTrue(Processes.isRoot(), "mounting needs root");
        TestCluster cluster = cluster();
        TestNode node = cluster.guest("full");
        Files.createDirectories(node.data());
        String data = node.data().toString();
        Processes.Ended mounted =
                Processes.run("mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", data);
        assumeTrue(mounted.status() == 0, "mounting is not allowed here: " + mounted.output());
        try {
            own(node.data());
            node.start();
            says(node, "No space left on device");
            assertThat(node.agentRuns()).as("it goes on trying").isTrue();
            assertThat(cluster.isHealthy()).as("the cluster is not disturbed").isTrue();
            Processes.run("mount", "-o", "remount,size=800m", data);
            awaitStreaming(cluster, node);
        } finally {
            Processes.killBelow(node.folder());
            Processes.run("umount", "-l", data);
        }
    }
}
