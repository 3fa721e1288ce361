package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.FreePorts;
import io.toomai.e2e.Processes.Signal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// A cluster of real agents on loopback, each with a voter of the embedded store (unless the plan
/// names another store) and its own PostgreSQL; further nodes without a voter can be added. Closing
/// it kills whatever is left of it.
final class TestCluster implements AutoCloseable {
    static final Duration LONG = Duration.ofSeconds(90);
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Plan plan;
    private final Path folder;
    private final List<TestNode> voters = new ArrayList<>();
    private final List<TestNode> guests = new ArrayList<>();
    private final List<Voter> addresses;

    private record Voter(int peer, int election, int client) {}

    private TestCluster(Plan plan, Path folder, List<Voter> addresses) {
        this.plan = plan;
        this.folder = folder;
        this.addresses = new ArrayList<>(addresses);
    }

    /// Prepares the nodes; starts nothing.
    static TestCluster prepare(Plan plan) {
        plan.postgres().assumePresent();
        Path folder = Image.run().resolve("c" + COUNT.incrementAndGet());
        List<Voter> addresses =
                IntStream.range(0, plan.nodes())
                        .mapToObj(_ ->
                                new Voter(FreePorts.next(), FreePorts.next(), FreePorts.next()))
                        .toList();
        TestCluster cluster = new TestCluster(plan, folder, addresses);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int id = 1; id <= plan.nodes(); id++) {
            cluster.voters.add(cluster.node("pg" + id, Optional.of(id)));
        }
        return cluster;
    }

    /// Starts all agents and waits until the cluster is whole.
    TestCluster start() {
        voters.forEach(TestNode::start);
        awaitHealthy();
        return this;
    }

    /// Prepares further nodes, each with a voter, and lists all voters on all nodes. What runs
    /// reads its list when it starts again; the caller starts the new ones.
    List<TestNode> growTo(int nodes) {
        int before = voters.size();
        while (addresses.size() < nodes) {
            addresses.add(new Voter(FreePorts.next(), FreePorts.next(), FreePorts.next()));
        }
        rewriteLists();
        for (int id = before + 1; id <= nodes; id++) {
            voters.add(node("pg" + id, Optional.of(id)));
        }
        return List.copyOf(voters.subList(before, nodes));
    }

    private void rewriteLists() {
        for (TestNode node : voters) {
            try {
                Files.writeString(node.settings(), settingsForEmbeddedStore(node));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// Starts a witness with the next voter's number, and lists it on all nodes. It ends with the
    /// cluster.
    void startWitness() throws IOException {
        addresses.add(new Voter(FreePorts.next(), FreePorts.next(), FreePorts.next()));
        rewriteLists();
        Path home = Files.createDirectories(folder.resolve("witness"));
        Path settings =
                Files.writeString(
                        home.resolve("witness.yml"),
                        "name: witness\ntoomai:\n  data_dir: %s\n%s"
                                .formatted(home, embeddedStore(Optional.of(addresses.size()))));
        if (Processes.isRoot()) {
            Processes.run("chown", "-R", "postgres:postgres", home.toString());
        }
        var command = new ArrayList<>(Image.command());
        command.addAll(List.of("witness", settings.toString()));
        new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("log").toFile())
                .start();
    }

    Plan plan() {
        return plan;
    }

    Path folder() {
        return folder;
    }

    List<TestNode> nodes() {
        return List.copyOf(voters);
    }

    /// Where a store's client connects to.
    String storeAddress() {
        return "127.0.0.1:" + addresses.getFirst().client();
    }

    int storePort(int id) {
        return addresses.get(id - 1).client();
    }

    /// Prepares a node that uses the store and has no voter. The caller starts and ends it.
    TestNode guest(String name) {
        TestNode guest = node(name, Optional.empty());
        guests.add(guest);
        return guest;
    }

    /// A guest that is a member of Patroni on the embedded store: for it that is a ZooKeeper.
    TestNode patroniGuest(String name, Keeper keeper) {
        TestNode guest = guest(name).keptBy(keeper);
        String host = plan.storePassword().isPresent() ? "127.0.0.2" : "127.0.0.1";
        guest.appendSettings(
                addresses.stream()
                        .map(voter -> "  - %s:%d\n".formatted(host, voter.client()))
                        .collect(Collectors.joining("", "zookeeper:\n  hosts:\n", "")));
        plan.storePassword()
                .ifPresent(password ->
                        guest.appendSettings(
                                "  auth_data: {digest: 'toomai:%s'}\n".formatted(password)));
        return guest;
    }

    // ---- who is what

    JsonNode members() throws IOException {
        return rest().get("/cluster").json().get("members");
    }

    Rest rest() {
        return voters.stream()
                .filter(TestNode::agentRuns)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no agent runs"))
                .rest();
    }

    /// The node that REST calls the leader and whose PostgreSQL takes writes.
    Optional<TestNode> findLeader() {
        return voters.stream().filter(TestCluster::leads).findFirst();
    }

    private static boolean leads(TestNode node) {
        try {
            return node.agentRuns() && node.rest().get("/primary").code() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    TestNode leader() {
        Waiting.until("a leader", LONG, () -> findLeader().isPresent());
        return findLeader().orElseThrow();
    }

    /// Waits for another leader than that one.
    TestNode leaderAfter(TestNode old) {
        Waiting.until(
                "another leader than " + old,
                LONG,
                () -> findLeader().filter(n -> n != old).isPresent());
        return findLeader().orElseThrow();
    }

    /// Has that leader hand over to whom it likes. After a restart nobody streams for a moment,
    /// which its status may not show yet.
    TestNode switchOverFrom(TestNode leader) throws IOException {
        Waiting.until(
                "somebody streams from " + leader,
                LONG,
                () ->
                        leader.query(
                                        "select count(*) > 0 from pg_stat_replication"
                                                + " where state = 'streaming'")
                                .equals("t"));
        return handOverFrom(leader);
    }

    /// As [#switchOverFrom], of a healthy cluster whose PostgreSQL need not let a test in.
    TestNode handOverFrom(TestNode leader) throws IOException {
        Rest.Answer answer =
                leader.rest()
                        .change(
                                "POST",
                                "/switchover",
                                "{\"leader\":\"%s\"}".formatted(leader.name()));
        assertThat(answer.code()).as("%s", answer).isEqualTo(200);
        return leaderAfter(leader);
    }

    /// Waits for a leader among these; the others are not asked.
    TestNode leaderAmong(List<TestNode> nodes) {
        Waiting.until(
                "a leader among " + nodes, LONG, () -> nodes.stream().anyMatch(TestCluster::leads));
        return nodes.stream().filter(TestCluster::leads).findFirst().orElseThrow();
    }

    TestNode replica() {
        TestNode leader = leader();
        return voters.stream().filter(n -> n != leader).findFirst().orElseThrow();
    }

    TestNode synchronousStandby() throws IOException {
        for (JsonNode member : members()) {
            if (member.path("role").asString("").equals("sync_standby")) {
                String name = member.path("name").asString("");
                return voters.stream().filter(n -> n.name().equals(name)).findFirst().orElseThrow();
            }
        }
        throw new AssertionError("no synchronous standby: " + describe());
    }

    List<TestNode> others(TestNode one) {
        return voters.stream().filter(n -> n != one).toList();
    }

    /// One leader, everybody else streams on its timeline; in synchronous mode with a standby that
    /// is synchronous.
    void awaitHealthy() {
        Waiting.untilAsserted(
                "a healthy cluster",
                Duration.ofMinutes(2),
                () -> {
                    String state = describe();
                    if (!isHealthy()) {
                        throw new AssertionError(state + "\n" + lastWords());
                    }
                });
    }

    boolean isHealthy() throws IOException {
        JsonNode members = members();
        int leaders = 0;
        int synchronous = 0;
        int streaming = 0;
        int timeline = -1;
        for (JsonNode member : members) {
            if (voters.stream().noneMatch(n -> n.name().equals(member.path("name").asString()))) {
                continue; // a guest
            }
            int own = member.path("timeline").asInt(-2);
            if (timeline == -1) {
                timeline = own;
            }
            if (own != timeline) {
                return false;
            }
            String role = member.path("role").asString("");
            String state = member.path("state").asString("");
            leaders += role.equals("leader") && state.equals("running") ? 1 : 0;
            streaming += isFollowing(role, state) ? 1 : 0;
            synchronous += role.equals("sync_standby") || role.equals("quorum_standby") ? 1 : 0;
        }
        boolean synced = !isSynchronous() || voters.size() == 1 || synchronous > 0;
        return leaders == 1 && streaming == voters.size() - 1 && synced && findLeader().isPresent();
    }

    /// Patroni before 3.1 does not say whether a standby streams.
    private boolean isFollowing(String role, String state) {
        boolean old = voters.stream().anyMatch(n -> n.keeper() == Keeper.PATRONI_3);
        return state.equals("streaming")
                || (old && !role.equals("leader") && state.equals("running"));
    }

    private boolean isSynchronous() throws IOException {
        String mode = rest().get("/config").json().path("synchronous_mode").asString("false");
        return !mode.equals("false");
    }

    String describe() throws IOException {
        return members().toString();
    }

    private String lastWords() {
        return voters.stream()
                .map(n -> n + ": " + n.log().lines().reduce("", (_, last) -> last))
                .collect(Collectors.joining("\n"));
    }

    /// Changes the dynamic configuration and waits until every agent has it.
    void patch(String json) throws IOException {
        Rest.Answer answer = leader().rest().change("PATCH", "/config", json);
        if (answer.code() != 200) {
            throw new AssertionError(answer.toString());
        }
    }

    // ---- making nodes

    private TestNode node(String name, Optional<Integer> voter) {
        TestNode node =
                new TestNode(
                        name, folder.resolve(name), FreePorts.next(), new Rest(FreePorts.next()));
        try {
            Files.createDirectories(node.folder());
            Files.writeString(
                    node.settings(),
                    settings(node, plan.store().orElseGet(() -> embeddedStore(voter))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (Processes.isRoot()) {
            Processes.run("chown", "-R", "postgres:postgres", node.folder().toString());
        }
        Processes.run("chmod", "700", node.folder().toString());
        return node;
    }

    /// The settings with which that node of a cluster on another store moves to the embedded store.
    String settingsForEmbeddedStore(TestNode node) {
        return settings(node, embeddedStore(Optional.of(voters.indexOf(node) + 1)));
    }

    private String settings(TestNode node, String store) {
        return """
        scope: e2e
        name: %s
        restapi:
          listen: 127.0.0.1:%d
          connect_address: 127.0.0.1:%d
        bootstrap:
        %s
        postgresql:
          listen: 127.0.0.1:%d
          connect_address: 127.0.0.1:%d
          data_dir: %s
          bin_dir: %s
          pgpass: %s/pgpass
          authentication:
            superuser: {username: postgres, password: sup}
            replication: {username: replicator, password: rep}
            rewind: {username: rewinder, password: rew}
          parameters:
            unix_socket_directories: %s
            shared_buffers: 32MB
          pg_hba:
          - local all all scram-sha-256
          - host all all 127.0.0.1/32 scram-sha-256
          - host replication all 127.0.0.1/32 scram-sha-256
        watchdog:
          mode: 'off'
        toomai:
          data_dir: %s/toomai
        %s\
        """
                .formatted(
                        node.name(),
                        node.rest().port(),
                        node.rest().port(),
                        plan.dynamic().indent(2).stripTrailing(),
                        node.postgresPort(),
                        node.postgresPort(),
                        node.data(),
                        plan.postgres().bin(),
                        node.folder(),
                        node.folder(),
                        node.folder(),
                        store);
    }

    private String embeddedStore(Optional<Integer> voter) {
        return "  store:\n"
                + voter.map(id -> "    id: " + id + "\n").orElse("")
                + plan.storePassword()
                        .map("    client_listen: 0.0.0.0\n    password: '%s'\n"::formatted)
                        .orElse("")
                + "    voters:\n"
                + voterLines();
    }

    /// As a settings file names them, from its first column on.
    String voterLines() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < addresses.size(); i++) {
            Voter v = addresses.get(i);
            lines.append(
                    "    - \"%d@127.0.0.1:%d:%d:%d\"\n"
                            .formatted(i + 1, v.peer(), v.election(), v.client()));
        }
        return lines.toString();
    }

    // ---- ending

    void endGuests() {
        for (TestNode guest : guests) {
            Processes.killBelow(guest.folder());
        }
        guests.clear();
    }

    /// Copies logs, settings and data to where the build keeps them.
    void keep(String test) {
        Path kept = Path.of(System.getProperty("toomai.kept", "target/kept"), test);
        Processes.run("mkdir", "-p", kept.toString());
        Processes.run("cp", "-a", folder.toString(), kept.toString());
    }

    @Override
    public void close() {
        Processes.send(Signal.CONT, Processes.below(folder));
        Processes.killBelow(folder);
        Processes.endWhoNames(folder);
        Processes.run("rm", "-rf", "--one-file-system", folder.toString());
    }
}
