package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// docs/migrate-from-patroni.md, as the script `migrate.sh` walks through it, under a client that
/// goes on writing.
class MigrationIT {
    private static final int TTL = 20;
    private static final String ETCD = "etcd.yml";
    private static final String EMBEDDED = "embedded.yml";

    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @TempDir private Path dir;

    @Test
    void patroniBecomesToomaiMovesToTheEmbeddedStoreAndGoesAllTheWayBack()
            throws IOException, SQLException {
        try (Etcd etcd = Etcd.start(Etcd.Release.V35, dir)) {
            TestCluster cluster =
                    CLUSTERS.own(etcd.storeOf(new Plan(Postgres.V15, 3, "true", TTL)));
            cluster.nodes().forEach(node -> node.keptBy(Keeper.PATRONI_3));
            prepareSettings(cluster);
            cluster.start();
            Path hooks = writeHooks(cluster);
            try (RowWriter writer = RowWriter.on(cluster)) {
                migrate(hooks, "to", "toomai");
                writer.awaitProgress();
                int timeline = timeline(cluster);
                List<String> running = postmasters(cluster);
                migrate(hooks, "store", EMBEDDED);
                writer.awaitProgress();
                migrate(hooks, "store", ETCD);
                writer.awaitProgress();
                assertThat(postmasters(cluster)).isEqualTo(running);
                assertThat(timeline(cluster)).isEqualTo(timeline);
                migrate(hooks, "to", "patroni");
                writer.awaitProgress();
                assertThat(timeline(cluster)).isEqualTo(timeline + 1);
                writer.assertNothingLost(leader(cluster));
            }
        }
    }

    private static int timeline(TestCluster cluster) throws IOException {
        return leader(cluster).status().path("timeline").asInt();
    }

    /// The agents are the script's: whether one leads only its REST API tells.
    private static TestNode leader(TestCluster cluster) {
        Waiting.until(
                "a leader",
                TestCluster.LONG,
                () -> cluster.nodes().stream().anyMatch(MigrationIT::leads));
        return cluster.nodes().stream().filter(MigrationIT::leads).findFirst().orElseThrow();
    }

    private static boolean leads(TestNode node) {
        try {
            return node.rest().get("/primary").code() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /// When each PostgreSQL was started.
    private static List<String> postmasters(TestCluster cluster) throws SQLException {
        var started = new ArrayList<String>();
        for (TestNode node : cluster.nodes()) {
            started.add(node.query("select pg_postmaster_start_time()"));
        }
        return started;
    }

    /// Each node has its file once for each store.
    private static void prepareSettings(TestCluster cluster) {
        for (TestNode node : cluster.nodes()) {
            try {
                Files.copy(node.settings(), node.folder().resolve(ETCD));
                Files.writeString(
                        node.folder().resolve(EMBEDDED), cluster.settingsForEmbeddedStore(node));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// What `systemctl` and an editor are on real machines.
    private Path writeHooks(TestCluster cluster) throws IOException {
        String addresses =
                cluster.nodes().stream()
                        .map(n -> "%s) echo 127.0.0.1:%d ;;".formatted(n, n.rest().port()))
                        .collect(Collectors.joining("\n        "));
        String pids =
                cluster.nodes().stream()
                        .map(n -> "%s) echo %d ;;".formatted(n, n.agentPid()))
                        .collect(Collectors.joining("\n        "));
        Path hooks = dir.resolve("hooks.sh");
        Files.writeString(
                hooks,
                """
                nodes='%s'
                folder=%s
                address() {
                    case $1 in
                        %s
                    esac
                }
                first_pid() {
                    case $1 in
                        %s
                    esac
                }
                stop() {
                    pid=$(cat "$folder/$1/agent.pid" 2>/dev/null || first_pid "$1")
                    kill "$pid"
                    waited=0
                    while [ -d "/proc/$pid" ] && ! grep -q '^State:.Z' "/proc/$pid/status"; do
                        sleep 0.2
                        waited=$((waited + 1))
                        [ "$waited" -lt 300 ] || exit 1
                    done
                }
                start() {
                    cd "$folder/$1"
                    case $2 in
                        toomai) set -- %s ;;
                        patroni) set -- %s ;;
                    esac
                    setsid "$@" >>agent.log 2>&1 </dev/null &
                    echo $! >agent.pid
                }
                use_settings() { cp "$folder/$1/$2" "$folder/$1/patroni.yml"; }
                toomai() { %s "$@"; }
                """
                        .formatted(
                                cluster.nodes().stream()
                                        .map(TestNode::name)
                                        .collect(Collectors.joining(" ")),
                                cluster.folder(),
                                addresses,
                                pids,
                                agent(Keeper.TOOMAI),
                                agent(Keeper.PATRONI_3),
                                quoted(
                                        Keeper.TOOMAI.operator(
                                                cluster.nodes().getFirst().settings()))));
        return hooks;
    }

    private static String agent(Keeper keeper) {
        return quoted(keeper.agent(Path.of("patroni.yml")));
    }

    /// Words for a shell, none of them expanded.
    private static String quoted(List<String> words) {
        return words.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
    }

    private static void migrate(Path hooks, String... words) {
        var command = new ArrayList<>(List.of("sh", script().toString(), hooks.toString()));
        command.addAll(List.of(words));
        Processes.Ended ended = Processes.run(command.toArray(String[]::new));
        assertThat(ended.status()).as("%s\n%s", command, ended.output()).isZero();
    }

    private static Path script() {
        return Path.of("src/test/resources/migrate.sh").toAbsolutePath();
    }
}
