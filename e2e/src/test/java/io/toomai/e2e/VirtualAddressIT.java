package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A real vip-manager beside each node follows the leader key in etcd. Each has a network interface
/// of its own, for all nodes are on one machine.
class VirtualAddressIT {
    private static final String USUAL = "/var/cache/toomai-test/vipmanager/usr/bin/vip-manager";

    /// Of a network that documentation may use (RFC 5737).
    private static final String ADDRESS = "198.51.100.77";

    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @TempDir private Path dir;

    private static Path program() {
        Path program =
                Path.of(Optional.ofNullable(System.getenv("TOOMAI_VIPMANAGER_BIN")).orElse(USUAL));
        assumeTrue(
                Files.isExecutable(program),
                () ->
                        "no vip-manager at "
                                + program
                                + " (TOOMAI_VIPMANAGER_BIN); dev/test gets it");
        return program;
    }

    /// One end of a pair of virtual interfaces.
    private record Interface(String name) implements AutoCloseable {
        static Optional<Interface> create(String name) {
            String other = name + "p";
            Processes.Ended made =
                    Processes.run("ip", "link", "add", name, "type", "veth", "peer", "name", other);
            if (made.status() != 0) {
                return Optional.empty();
            }
            Processes.run("ip", "link", "set", name, "up");
            Processes.run("ip", "link", "set", other, "up");
            return Optional.of(new Interface(name));
        }

        boolean hasAddress() {
            try {
                return NetworkInterface.getByName(name)
                        .inetAddresses()
                        .anyMatch(address -> address.getHostAddress().equals(ADDRESS));
            } catch (SocketException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void close() {
            Processes.run("ip", "link", "delete", name);
        }
    }

    private Process start(Path program, Etcd etcd, TestNode node, Interface card)
            throws IOException {
        Path file =
                Files.writeString(
                        dir.resolve(node.name() + ".yml"),
                        """
                        ip: %s
                        netmask: 32
                        interface: %s
                        trigger-key: /service/e2e/leader
                        trigger-value: %s
                        dcs-type: etcd
                        dcs-endpoints: http://127.0.0.1:%d
                        """
                                .formatted(ADDRESS, card.name(), node.name(), etcd.port()));
        return new ProcessBuilder(program.toString(), "--config", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve(node.name() + ".vip.log").toFile())
                .start();
    }

    private static void assertOnlyAt(TestNode leader, List<TestNode> nodes, List<Interface> cards) {
        Waiting.untilAsserted(
                "the address is at " + leader.name() + " alone",
                Duration.ofSeconds(60),
                () -> {
                    for (int i = 0; i < nodes.size(); i++) {
                        assertThat(cards.get(i).hasAddress())
                                .as(nodes.get(i).name())
                                .isEqualTo(nodes.get(i).name().equals(leader.name()));
                    }
                });
    }

    @Test
    void theAddressFollowsTheLeaderKey() throws IOException {
        Path program = program();
        assumeTrue(Processes.isRoot(), "only root may add addresses");
        List<Interface> cards = new ArrayList<>();
        List<Process> managers = new ArrayList<>();
        try (Etcd etcd = Etcd.start(Etcd.Release.V35, dir)) {
            TestCluster cluster =
                    CLUSTERS.own(etcd.storeOf(new Plan(Postgres.V15, 3, "true", 30))).start();
            List<TestNode> nodes = cluster.nodes();
            for (TestNode node : nodes) {
                Optional<Interface> card =
                        Interface.create("vip" + ProcessHandle.current().pid() + node.name());
                assumeTrue(card.isPresent(), "no virtual network interfaces here");
                cards.add(card.orElseThrow());
                managers.add(start(program, etcd, node, card.orElseThrow()));
            }
            TestNode first = cluster.leader();
            assertOnlyAt(first, nodes, cards);
            TestNode second = cluster.switchOverFrom(first);
            assertOnlyAt(second, nodes, cards);
            cluster.awaitHealthy();
            second.killEverything();
            assertOnlyAt(cluster.leaderAfter(second), nodes, cards);
        } finally {
            managers.forEach(manager -> manager.destroyForcibly().onExit().join());
            cards.forEach(Interface::close);
        }
    }
}
