package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.e2e.Processes.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Each agent is process 1 of a PID namespace of its own, as in a container: nobody else reaps, the
/// kernel ends everything with it, and after a restart the same small pids belong to others.
class ContainerIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    private static final List<String> CONTAINER =
            List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");

    private static TestCluster started(int nodes) {
        assumeTrue(Processes.isRoot(), "only root may make a PID namespace here");
        TestCluster cluster = CLUSTERS.own(Plan.of(Postgres.V15).withNodes(nodes));
        cluster.nodes().forEach(node -> node.start(CONTAINER));
        cluster.awaitHealthy();
        return cluster;
    }

    @Test
    void orphansAreReapedAndTheirPidsGoneForGood() throws IOException {
        TestNode node = started(1).leader();
        assertThat(inside(node, "cat", "/proc/1/comm")).isEqualTo("java");

        // Its parent ends at once, so it falls to process 1, which never heard of it.
        String orphan = inside(node, "sh", "-c", "sleep 3 >/dev/null 2>&1 & echo $!");
        assertThat(inside(node, "cat", "/proc/" + orphan + "/stat")).contains("(sleep) S 1 ");

        Waiting.until(
                "nothing left of the orphan, not even a zombie",
                Duration.ofSeconds(30),
                () -> inside(node, "sh", "-c", "ls /proc").lines().noneMatch(orphan::equals));
        assertNoZombie(node);
    }

    @Test
    void aKilledPostmasterIsReplacedInItsPlace() throws IOException, SQLException {
        TestNode node = started(1).leader();
        node.execute("create table kept as select 1 as one");
        String before = postmaster(node);

        inside(node, "kill", "-KILL", before);

        Waiting.until(
                "PostgreSQL runs again",
                TestCluster.LONG,
                () ->
                        !postmaster(node).equals(before)
                                && node.query("select one from kept").equals("1"));
        Waiting.until(
                "it is the primary",
                TestCluster.LONG,
                () -> node.rest().get("/primary").code() == 200);
        assertNoZombie(node);
    }

    @Test
    void aKilledPostmasterOfThreeIsReplacedByAnotherNode() throws IOException, SQLException {
        TestCluster cluster = started(3);
        TestNode old = cluster.leader();
        try (RowWriter writer = RowWriter.on(cluster)) {
            writer.awaitProgress();
            inside(old, "kill", "-KILL", postmaster(old));
            TestNode next = cluster.leaderAfter(old);
            writer.awaitProgress();
            cluster.awaitHealthy();
            writer.assertNothingLost(next);
        }
        cluster.nodes().forEach(ContainerIT::assertNoZombie);
    }

    /// The pid in postmaster.pid then belongs to somebody else, here to a thread of the agent.
    @Test
    void startsAgainAfterItsContainerWasKilled() throws IOException, SQLException {
        TestNode node = started(1).leader();
        node.execute("create table kept as select 1 as one");

        node.killEverything();
        Path lock = node.data().resolve("postmaster.pid");
        Files.writeString(lock, Files.readString(lock).replaceFirst("\\d+", "5"));
        node.start(CONTAINER);

        Waiting.until(
                "the row is there again",
                TestCluster.LONG,
                () -> node.query("select one from kept").equals("1"));
        Waiting.until(
                "it is the primary",
                TestCluster.LONG,
                () -> node.rest().get("/primary").code() == 200);
    }

    @Test
    void sigtermEndsTheAgentAndEverythingInTheNamespace() throws IOException {
        TestNode node = started(1).leader();
        inside(node, "sh", "-c", "cd / && sleep 600 >/dev/null 2>&1 &");
        List<Long> everything = family(ProcessHandle.of(node.agentPid()).orElseThrow());
        assertThat(everything).hasSizeGreaterThan(4);

        Processes.send(Signal.TERM, List.of(first(node)));

        assertThat(node.awaitEnd(Duration.ofMinutes(1))).isZero();
        assertThat(everything).noneMatch(Processes::isAlive);
        Processes.Ended control =
                Processes.run(
                        Postgres.V15.bin().resolve("pg_controldata").toString(),
                        node.data().toString());
        assertThat(control.output()).containsPattern("cluster state: +shut down\n");
    }

    // ---- looking into the namespace

    /// The outside's pid of the namespace's process 1.
    private static long first(TestNode node) {
        return ProcessHandle.of(node.agentPid())
                .flatMap(unshare -> unshare.children().findFirst())
                .map(ProcessHandle::pid)
                .orElseThrow(() -> new AssertionError("the agent has ended:\n" + node.log()));
    }

    /// What a command says that sees the node's processes and nothing else of the machine's.
    private static String inside(TestNode node, String... command) {
        var whole =
                new ArrayList<>(
                        List.of(
                                "nsenter",
                                "--target",
                                Long.toString(first(node)),
                                "--pid",
                                "--mount"));
        whole.addAll(List.of(command));
        Processes.Ended ended = Processes.run(whole.toArray(String[]::new));
        assertThat(ended.status()).as("%s: %s", whole, ended.output()).isZero();
        return ended.output().strip();
    }

    /// As it is called inside.
    private static String postmaster(TestNode node) throws IOException {
        return Files.readAllLines(node.data().resolve("postmaster.pid")).getFirst().strip();
    }

    private static List<Long> family(ProcessHandle root) {
        return root.descendants().map(ProcessHandle::pid).toList();
    }

    private static void assertNoZombie(TestNode node) {
        Waiting.untilAsserted(
                "no zombie on " + node,
                Duration.ofSeconds(30),
                () ->
                        assertThat(inside(node, "sh", "-c", "cat /proc/[0-9]*/stat; true").lines())
                                .hasSizeGreaterThan(2)
                                .noneMatch(line -> line.contains(") Z ")));
    }
}
