package io.toomai.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A cluster that keeps its state in a real etcd. What the store's adapter promises is shown by the
/// contract kits; this shows that agents stand on it.
class EtcdIT {
    /// Longer than the takeover may take.
    private static final int TTL = 30;

    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @TempDir private Path dir;

    private Process etcd(String variable, String usual, int port) throws IOException {
        Path program = Path.of(Optional.ofNullable(System.getenv(variable)).orElse(usual));
        assumeTrue(
                Files.isExecutable(program),
                () -> "no etcd at " + program + " (" + variable + "); dev/test gets it");
        String client = "http://127.0.0.1:" + port;
        String peer = "http://127.0.0.1:" + Ports.free();
        return new ProcessBuilder(
                        program.toString(),
                        "--name=e",
                        "--data-dir=" + dir.resolve("etcd"),
                        "--listen-client-urls=" + client,
                        "--advertise-client-urls=" + client,
                        "--listen-peer-urls=" + peer,
                        "--initial-advertise-peer-urls=" + peer,
                        "--initial-cluster=e=" + peer)
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("etcd.log").toFile())
                .start();
    }

    @ParameterizedTest
    @CsvSource({
        "TOOMAI_ETCD34_BIN, /var/cache/toomai-test/etcd34/usr/bin/etcd",
        "TOOMAI_ETCD35_BIN, /var/cache/toomai-test/etcd35/usr/bin/etcd"
    })
    void aClusterOnEtcdLosesItsPostmasterAndANode(String variable, String usual)
            throws IOException, SQLException {
        int port = Ports.free();
        Process etcd = etcd(variable, usual, port);
        try {
            TestCluster cluster =
                    CLUSTERS.own(
                                    new Plan(Postgres.V15, 3, "true", TTL)
                                            .onStore("etcd3", "127.0.0.1:" + port))
                            .start();
            Losses.ofAPostmasterAndANode(cluster, TestNode::killEverything);
        } finally {
            etcd.destroyForcibly().onExit().join();
        }
    }
}
