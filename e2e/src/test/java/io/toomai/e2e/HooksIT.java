package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The operator's commands around a real PostgreSQL. Each node's commands append a line to a file
/// in its folder, which is where its agent works.
class HooksIT {
    private static final String WRITES = "/bin/sh -c 'echo \"$0 $1 $2\" >> hooks.txt'";
    private static final String HOOKS =
            """
            postgresql:
              callbacks:
                on_start: %1$s
                on_stop: %1$s
                on_restart: %1$s
                on_reload: /bin/sh -c 'echo "$0 $1 $2" >> reloads.txt'
                on_role_change: %1$s
              before_stop: /bin/sh -c 'echo before_stop >> hooks.txt'
              pre_promote: /bin/sh -c 'echo pre_promote >> hooks.txt; test ! -e veto'
            """
                    .formatted(WRITES);

    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @TempDir private Path dir;

    /// The lines of each node, as they should be by now.
    private static final class Told {
        private final TestNode node;
        private final List<String> lines = new ArrayList<>();

        Told(TestNode node) {
            this.node = node;
        }

        void expect(String... more) {
            lines.addAll(List.of(more));
            Waiting.untilAsserted(
                    "what the commands of " + node + " were told",
                    TestCluster.LONG,
                    () -> assertThat(lines(node, "hooks.txt")).isEqualTo(lines));
        }

        /// Whatever happens until the cluster is whole again: a node that comes back may be started
        /// once, or once more after a rewind.
        void expectReturn(TestCluster cluster, String first) {
            lines.add(first);
            Waiting.untilAsserted(
                    "the return of " + node,
                    TestCluster.LONG,
                    () ->
                            assertThat(lines(node, "hooks.txt"))
                                    .startsWith(lines.toArray(String[]::new)));
            cluster.awaitHealthy();
            lines.clear();
            lines.addAll(lines(node, "hooks.txt"));
            assertThat(lines).last().isEqualTo(first);
        }

        void expectReload(String line) {
            Waiting.until(
                    "a reload of " + node,
                    TestCluster.LONG,
                    () -> lines(node, "reloads.txt").contains(line));
        }
    }

    /// When it stops a leader of Patroni may count as demoted already, if the standby was quick.
    private static List<String> lines(TestNode node, String file) {
        Path path = node.folder().resolve(file);
        try {
            return Files.exists(path)
                    ? Files.readAllLines(path).stream()
                            .map(l -> l.replace("on_stop demoted", "on_stop primary"))
                            .toList()
                    : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TestCluster withHooks(TestCluster cluster) {
        cluster.nodes()
                .forEach(node -> node.rewriteSettings("postgresql:\n  listen", HOOKS + "  listen"));
        return cluster;
    }

    private static void reload(TestNode node) throws IOException {
        assertThat(node.rest().change("POST", "/reload", "").code()).isEqualTo(202);
    }

    private static void restart(TestNode node) throws IOException {
        assertThat(node.rest().change("POST", "/restart", "{}").code()).isEqualTo(200);
    }

    /// The same list for each: what real Patroni calls, Toomai calls.
    @ParameterizedTest
    @EnumSource(
            value = Keeper.class,
            names = {"TOOMAI", "PATRONI_4"})
    void eachChangeIsToldAsPatroniTellsIt(Keeper keeper) throws IOException {
        try (Etcd etcd = Etcd.start(Etcd.Release.V35, dir)) {
            TestCluster cluster =
                    withHooks(CLUSTERS.own(etcd.storeOf(new Plan(Postgres.V15, 2, "false", 20))));
            cluster.nodes().forEach(node -> node.keptBy(keeper));
            cluster.start();
            TestNode leader = cluster.leader();
            TestNode replica = cluster.replica();
            Told first = new Told(leader);
            Told second = new Told(replica);
            first.expect("on_start primary e2e");
            second.expect("on_start replica e2e");

            reload(leader);
            reload(replica);
            first.expectReload("on_reload primary e2e");
            second.expectReload("on_reload replica e2e");

            restart(replica);
            second.expect("before_stop", "on_restart replica e2e");
            restart(leader);
            first.expect("before_stop", "on_restart primary e2e");

            cluster.awaitHealthy();
            cluster.switchOverFrom(leader);
            first.expect("before_stop", "on_stop primary e2e", "on_role_change replica e2e");
            second.expect("pre_promote", "on_role_change primary e2e");

            cluster.awaitHealthy();
            replica.killEverything();
            first.expect("pre_promote", "on_role_change primary e2e");
            replica.start();
            second.expectReturn(cluster, "on_start replica e2e");

            replica.stop();
            second.expect("before_stop", "on_stop replica e2e");
            first.expect();
        }
    }

    @Test
    void whoIsRefusedGivesTheKeyUpUntilTheScriptSaysYes() throws IOException {
        TestCluster cluster = withHooks(CLUSTERS.own(new Plan(Postgres.V15, 3, "true", 5))).start();
        TestNode old = cluster.leader();
        for (TestNode other : cluster.others(old)) {
            Files.createFile(other.folder().resolve("veto"));
        }
        old.killEverything();
        Waiting.until("a refusal", TestCluster.LONG, () -> refused(cluster, old));
        assertThat(cluster.findLeader()).isEmpty();
        for (TestNode other : cluster.others(old)) {
            Files.delete(other.folder().resolve("veto"));
        }
        TestNode next = cluster.leaderAfter(old);
        Waiting.untilAsserted(
                "the script and the callback",
                TestCluster.LONG,
                () ->
                        assertThat(lines(next, "hooks.txt"))
                                .endsWith("pre_promote", "on_role_change primary e2e"));
        old.start();
        cluster.awaitHealthy();
    }

    private static boolean refused(TestCluster cluster, TestNode old) {
        return cluster.others(old).stream()
                .anyMatch(n ->
                        n.log()
                                .contains(
                                        "Promotion cancelled because the pre-promote script failed"));
    }
}
