package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.core.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A cluster that keeps its state in a real Consul. What the store's adapter promises is shown by
/// the contract kits; this shows that agents stand on it.
class ConsulIT {
    private static final String VARIABLE = "TOOMAI_CONSUL_BIN";
    private static final String USUAL = "/var/cache/toomai-test/consul/usr/bin/consul";

    /// The shortest that Consul can keep a key for.
    private static final int TTL = 20;

    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @TempDir private Path dir;

    private final int port = FreePorts.next();
    private Optional<Process> consul = Optional.empty();

    @BeforeEach
    void start() throws IOException {
        Path program = Path.of(Optional.ofNullable(System.getenv(VARIABLE)).orElse(USUAL));
        assumeTrue(
                Files.isExecutable(program),
                () -> "no Consul at " + program + " (" + VARIABLE + "); dev/test gets it");
        consul =
                Optional.of(
                        new ProcessBuilder(
                                        program.toString(),
                                        "agent",
                                        "-server",
                                        "-node=c",
                                        "-bind=127.0.0.1",
                                        "-bootstrap-expect=1",
                                        "-data-dir=" + dir.resolve("consul"),
                                        "-http-port=" + port,
                                        "-server-port=" + FreePorts.next(),
                                        "-serf-lan-port=" + FreePorts.next(),
                                        "-serf-wan-port=" + FreePorts.next(),
                                        "-dns-port=-1",
                                        "-hcl=performance { raft_multiplier = 1 }")
                                .redirectErrorStream(true)
                                .redirectOutput(dir.resolve("consul.log").toFile())
                                .start());
    }

    @AfterEach
    void stop() {
        consul.ifPresent(process -> process.destroyForcibly().onExit().join());
    }

    private TestCluster cluster(String synchronousMode) {
        return CLUSTERS.own(new Plan(Postgres.V15, 3, synchronousMode, TTL).onConsul(port)).start();
    }

    @Test
    void aClusterSwitchesOverAndLosesANode() throws IOException, SQLException {
        TestCluster cluster = cluster("true");
        TestNode first = cluster.leader();
        try (RowWriter writer = RowWriter.on(cluster)) {
            writer.awaitProgress();
            TestNode second = cluster.synchronousStandby();
            Rest.Answer answer =
                    first.rest()
                            .change(
                                    "POST",
                                    "/switchover",
                                    "{\"leader\":\"%s\",\"candidate\":\"%s\"}"
                                            .formatted(first, second));
            assertThat(answer.code()).as(answer.body()).isEqualTo(200);
            cluster.awaitHealthy();
            assertThat(cluster.leader()).isEqualTo(second);
            writer.awaitProgress();
            second.killEverything();
            TestNode third = cluster.leaderAfter(second);
            writer.awaitProgress();
            assertThat(third.log()).contains("taking over from " + second.name());
            second.start();
            cluster.awaitHealthy();
            writer.assertNothingLost(third);
            // Nothing of the other store has been in it.
            assertThat(Files.exists(third.folder().resolve("toomai/store"))).isFalse();
        }
    }

    /// Nobody pledges anything there: the session of the dead leader has to run out.
    @Test
    void anAsynchronousClusterWaitsForTheSession() throws IOException, SQLException {
        TestCluster cluster = cluster("false");
        LoneProxy.start(cluster, "proxy", "consul: {host: '127.0.0.1:%d'}".formatted(port)).close();
        TestNode first = cluster.leader();
        try (RowWriter writer = RowWriter.on(cluster)) {
            writer.awaitProgress();
            first.killEverything();
            TestNode second = cluster.leaderAfter(first);
            writer.awaitProgress();
            assertThat(second).isNotEqualTo(first);
            first.start();
            cluster.awaitHealthy();
        }
    }
}
