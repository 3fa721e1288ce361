package io.toomai.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.agent.store.StoreConnection;
import io.toomai.cli.Console;
import io.toomai.cli.FakeMember;
import io.toomai.core.FreePorts;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.cluster.History;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.Status;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.model.MemberName;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.settings.ConsensusStore;
import io.toomai.settings.HostPort;
import io.toomai.settings.SettingsFile;
import io.toomai.settings.StoreNode;
import io.toomai.settings.StorePlace;
import io.toomai.settings.StoreUrl;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Commands that read or tidy up a real store: the embedded one, which is a ZooKeeper to whoever
/// names it so, and a Consul. etcd: `PatronictlIT`.
class StoreCommandsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration TTL = Duration.ofSeconds(20);
    private static final String CONSUL = "TOOMAI_CONSUL_BIN";
    private static final String USUAL_CONSUL = "/var/cache/toomai-test/consul/usr/bin/consul";

    @TempDir private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Map<String, String> environment = new HashMap<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeEach
    void keepCacheHere() {
        environment.put("XDG_CACHE_HOME", folder.toString());
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private int run(String typed, String... arguments) {
        out.reset();
        err.reset();
        var console =
                new Console(
                        new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)),
                        out,
                        err,
                        Console.Kind.PIPE);
        List<String> words = List.of(arguments);
        var context = new Context(console, environment, "toomai");
        var quick = QuickList.run(context, words);
        return quick.isPresent() ? quick.getAsInt() : Commands.run(context, words);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    /// One voter; the port for its clients.
    private int voter(Path settings) throws IOException {
        int port = FreePorts.next();
        Files.writeString(
                settings,
                """
                name: pg1
                scope: shop
                toomai:
                  store: {id: 1, data_dir: %s, voters: ['1@127.0.0.1:%d:%d:%d']}
                """
                        .formatted(
                                folder.resolve("voter"), FreePorts.next(), FreePorts.next(), port));
        if (SettingsFile.loadStoreNode(settings, Map.of())
                instanceof StoreNode.Loading.Loaded(var node, _)) {
            open.add(StoreConnection.member(node.store()));
            return port;
        }
        throw new AssertionError("the settings of the voter are wrong");
    }

    private int consul() throws IOException {
        Path program = Path.of(Optional.ofNullable(System.getenv(CONSUL)).orElse(USUAL_CONSUL));
        assumeTrue(
                Files.isExecutable(program),
                () -> "no Consul at " + program + " (" + CONSUL + "); dev/test gets it");
        int port = FreePorts.next();
        Process process =
                new ProcessBuilder(
                                program.toString(),
                                "agent",
                                "-server",
                                "-node=c",
                                "-bind=127.0.0.1",
                                "-bootstrap-expect=1",
                                "-data-dir=" + folder.resolve("consul"),
                                "-http-port=" + port,
                                "-server-port=" + FreePorts.next(),
                                "-serf-lan-port=" + FreePorts.next(),
                                "-serf-wan-port=" + FreePorts.next(),
                                "-dns-port=-1",
                                "-hcl=performance { raft_multiplier = 1 }")
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("consul.log").toFile())
                        .start();
        open.add(() -> process.destroyForcibly().onExit().join());
        return port;
    }

    /// A member of that cluster or group, which leads it, as the store sees it.
    private Dcs leader(StoreUrl url, Optional<Integer> group, String name) throws IOException {
        ConsensusStore store = url.store(List.of(url.address()));
        var place = new StorePlace(store, "/service", "shop", group, new MemberName(name), folder);
        StoreConnection connection = StoreConnection.open(place, TTL);
        open.add(connection);
        Dcs dcs = connection.dcs();
        Awaitility.await()
                .atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(DcsException.class)
                .until(() -> dcs.acquireLeader(TTL) instanceof LeaderResult.Held);
        dcs.publishMember(
                """
                {"conn_url":"postgres://127.0.0.1:5433/postgres",\
                "api_url":"http://127.0.0.1:1/patroni","state":"running","role":"primary",\
                "version":"4.1.4","timeline":1}\
                """,
                TTL);
        write(dcs, DcsKey.INITIALIZE, "727769420314217292" + group.orElse(2));
        write(dcs, DcsKey.CONFIG, "{\"ttl\":30,\"pause\":true}");
        write(dcs, DcsKey.HISTORY, "[[1,100,\"of %s\"]]".formatted(name));
        write(dcs, DcsKey.STATUS, "{\"optime\":100}");
        write(dcs, DcsKey.SYNC, "{\"leader\":\"%s\",\"sync_standby\":null}".formatted(name));
        write(dcs, DcsKey.FAILOVER, "{}");
        write(dcs, DcsKey.FAILSAFE, "{}");
        return dcs;
    }

    private static void write(Dcs dcs, DcsKey key, String value) {
        dcs.write(key, value, Expect.ANYTHING, TTL);
    }

    private static ClusterView read(Dcs dcs) {
        return dcs.read(Dcs.ReadMode.LINEARIZABLE, TTL);
    }

    private void assertShownAndForgotten(Dcs dcs, String... access) {
        assertThat(run("", with(access, "list", "shop", "nowhere"))).as(err()).isZero();
        assertThat(out())
                .contains("+ Cluster: shop (7277694203142172922) -")
                .contains("| pg1    | 127.0.0.1:5433 | Leader | running |  1 |")
                .contains(" Maintenance mode: on\n+ Cluster: nowhere (uninitialized) -");
        assertThat(run("", with(access, "history", "shop", "-f", "tsv"))).isZero();
        assertThat(out()).endsWith("\n1\t100\tof pg1\t\t\n");
        assertThat(run("", with(access, "show-config", "shop"))).isZero();
        assertThat(out()).isEqualTo("pause: true\nttl: 30\n\n");
        assertThat(run("", with(access, "show-config", "nowhere"))).isEqualTo(1);
        assertThat(err()).contains("The config key does not exist in the cluster nowhere");
        assertThat(run("", with(access, "resume", "shop"))).isEqualTo(1);
        assertThat(err()).contains("Can not find accessible cluster member");
        assertThat(run("shop\nyes\n", with(access, "remove", "shop"))).isEqualTo(1);
        assertThat(run("shop\nYes I am aware\npg2\n", with(access, "remove", "shop"))).isEqualTo(1);
        assertThat(err()).contains("You did not specify the current leader");
        assertThat(read(dcs).config()).isPresent();
        String typed = "shop\nYes I am aware\npg1\n";
        assertThat(run(typed, with(access, "remove", "shop"))).as(err()).isZero();
        ClusterView left = read(dcs);
        assertThat(left.initialize()).isEqualTo(new Initialize.Never());
        // Of what hangs on a lease nothing is taken from who still lives.
        assertThat(left.leaderMember()).isPresent();
        assertThat(left.config()).isEmpty();
        assertThat(left.failover()).isEmpty();
        assertThat(left.sync().value()).isEqualTo(SyncState.EMPTY);
        assertThat(left.status()).isEqualTo(Status.UNKNOWN);
        assertThat(left.history()).isEqualTo(History.ABSENT);
        assertThat(left.failsafe().value()).isEqualTo(FailsafeMembers.NONE);
    }

    private static String[] with(String[] access, String... words) {
        var all = new ArrayList<>(List.of(access));
        all.addAll(List.of(words));
        return all.toArray(String[]::new);
    }

    @Test
    void onTheEmbeddedStore() throws IOException {
        Path settings = folder.resolve("store.yml");
        StoreUrl url = zookeeper(voter(settings));
        assertShownAndForgotten(leader(url, Optional.empty(), "pg1"), "-c", settings.toString());
    }

    @Test
    void onAZooKeeper() throws IOException {
        int port = voter(folder.resolve("store.yml"));
        assertShownAndForgotten(
                leader(zookeeper(port), Optional.empty(), "pg1"),
                "-d",
                "zookeeper://127.0.0.1:" + port + "/service");
    }

    @Test
    void onAZooKeeperThatAnExhibitorKnows() throws IOException {
        int port = voter(folder.resolve("store.yml"));
        FakeMember exhibitor = new FakeMember();
        open.add(exhibitor);
        exhibitor.answer(
                "GET /exhibitor/v1/cluster/list",
                200,
                "{\"servers\":[\"127.0.0.1\"],\"port\":%d}".formatted(port));
        leader(zookeeper(port), Optional.empty(), "pg1");
        String url = "exhibitor://" + exhibitor.address();
        assertThat(run("", "-d", url, "dsn", "shop")).as(err()).isZero();
        assertThat(out()).isEqualTo("host=127.0.0.1 port=5433\n");
        exhibitor.answer("GET /exhibitor/v1/cluster/list", 200, "{\"servers\":[],\"port\":1}");
        assertThat(run("", "-d", url, "dsn", "shop")).isEqualTo(1);
        assertThat(err()).contains("it names no servers", "-d zookeeper://HOST:2181");
    }

    @Test
    void onAConsul() throws IOException {
        int port = consul();
        StoreUrl url = StoreUrl.parse("consul://127.0.0.1:" + port).orElseThrow();
        assertShownAndForgotten(
                leader(url, Optional.empty(), "pg1"), "-d", "consul://127.0.0.1:" + port);
    }

    private static StoreUrl zookeeper(int port) {
        return StoreUrl.parse("zookeeper://127.0.0.1:" + port).orElseThrow();
    }

    @Test
    void groupsOfACitusCluster() throws IOException {
        Path settings = folder.resolve("store.yml");
        StoreUrl url = zookeeper(voter(settings));
        Dcs coordinator = leader(url, Optional.of(0), "c1");
        Dcs worker = leader(url, Optional.of(1), "w1");
        Files.writeString(
                settings, Files.readString(settings) + "citus: {group: 1, database: shop}\n");
        String file = settings.toString();
        assertThat(run("", "list", "-c", file)).as(err()).isZero();
        assertThat(out())
                .startsWith("+ Citus cluster: shop -")
                .contains("|     0 | c1     | ", "|     1 | w1     | ")
                .endsWith("Citus group: 1\n Maintenance mode: on\n");
        assertThat(run("", "list", "-c", file, "--group", "0")).isZero();
        assertThat(out())
                .startsWith("+ Citus cluster: shop (group: 0, 7277694203142172920) -")
                .doesNotContain("w1");
        // The file's own group, as with patronictl.
        assertThat(run("", "-c", file, "history", "-f", "tsv")).isZero();
        assertThat(out()).contains("of w1");
        assertThat(run("", "-c", file, "history", "--group", "0", "-f", "tsv")).isZero();
        assertThat(out()).contains("of c1");
        assertThat(
                        run(
                                "",
                                "dsn",
                                "shop",
                                "--group",
                                "1",
                                "-m",
                                "w1",
                                "-d",
                                "zookeeper://" + url.address()))
                .as(err())
                .isZero();
        assertThat(run("", "-c", file, "dsn", "-m", "w1")).isZero();
        assertThat(run("", "-c", file, "switchover", "--force")).isEqualTo(1);
        assertThat(err()).contains("For Citus clusters the --group must be specified");
        assertThat(run("1\n\n", "-c", file, "switchover")).isEqualTo(1);
        assertThat(out()).contains("Citus group: ");
        assertThat(err()).contains("No candidates found to switchover to");
        assertThat(run("", "-c", file, "remove", "shop")).isEqualTo(1);
        assertThat(err()).contains("For Citus clusters the --group must be specified");
        String typed = "shop\nYes I am aware\nw1\n";
        assertThat(run(typed, "-c", file, "remove", "shop", "--group", "1")).as(err()).isZero();
        assertThat(read(worker).initialize()).isEqualTo(new Initialize.Never());
        assertThat(read(coordinator).config()).isPresent();
    }

    @Test
    void aStoreThatDoesNotAnswerIsNamed() throws IOException {
        String url = "zookeeper://" + new HostPort("127.0.0.1", FreePorts.next());
        assertThat(run("", "list", "shop", "-d", url)).isEqualTo(1);
        assertThat(err()).contains("the store of cluster shop does not answer");
    }
}
