package io.toomai.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.core.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A cluster that keeps its state in three real servers of ZooKeeper 3.8. What the store's adapter
/// promises is shown by the contract kits; this shows that agents stand on it.
class ZooKeeperIT {
    private static final String VARIABLE = "TOOMAI_ZOOKEEPER38_LIB";
    private static final String USUAL = "/var/cache/toomai-test/zookeeper38";
    private static final int COUNT = 3;

    /// Longer than the takeover may take.
    private static final int TTL = 30;

    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @TempDir private Path dir;
    private final List<Integer> ports = new ArrayList<>();
    private final List<Process> servers = new ArrayList<>();

    @BeforeEach
    void startServers() throws IOException {
        Path lib = Path.of(Optional.ofNullable(System.getenv(VARIABLE)).orElse(USUAL));
        assumeTrue(
                Files.isReadable(lib.resolve("zookeeper.jar")),
                () -> "no ZooKeeper 3.8 in " + lib + " (" + VARIABLE + "); dev/test gets it");
        Stream.generate(FreePorts::next).limit(COUNT).forEach(ports::add);
        List<String> others = new ArrayList<>();
        for (int id = 1; id <= COUNT; id++) {
            others.add(
                    "server.%d=127.0.0.1:%d:%d".formatted(id, FreePorts.next(), FreePorts.next()));
        }
        for (int id = 1; id <= COUNT; id++) {
            servers.add(server(lib, id, others));
        }
    }

    private Process server(Path lib, int id, List<String> others) throws IOException {
        Path data = Files.createDirectories(dir.resolve("z" + id));
        Files.writeString(data.resolve("myid"), String.valueOf(id));
        List<String> lines = new ArrayList<>(others);
        lines.add("tickTime=500");
        lines.add("initLimit=40");
        lines.add("syncLimit=4");
        lines.add("maxSessionTimeout=60000");
        lines.add("dataDir=" + data);
        lines.add("clientPort=" + ports.get(id - 1));
        lines.add("clientPortAddress=127.0.0.1");
        lines.add("admin.enableServer=false");
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp",
                        lib.resolve("*").toString(),
                        "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                        Files.write(dir.resolve("z" + id + ".cfg"), lines).toString())
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("z" + id + ".log").toFile())
                .start();
    }

    @AfterEach
    void stopServers() {
        servers.forEach(Process::destroyForcibly);
        servers.forEach(server -> server.onExit().join());
    }

    /// The server that all agents use dies with the node: they have to go on at another one before
    /// they can take over.
    @Test
    void aClusterOnZooKeeperLosesItsPostmasterAndANodeWithAServer()
            throws IOException, SQLException {
        String hosts =
                ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
        Plan plan = new Plan(Postgres.V15, 3, "true", TTL).onStore("zookeeper", hosts);
        TestCluster cluster = CLUSTERS.own(plan).start();
        LoneProxy.start(cluster, "proxy", "zookeeper: {hosts: '%s'}".formatted(hosts)).close();
        Losses.ofAPostmasterAndANode(
                cluster,
                node -> {
                    servers.getFirst().destroyForcibly().onExit().join();
                    node.killEverything();
                });
    }
}
