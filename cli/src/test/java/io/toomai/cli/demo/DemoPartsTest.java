package io.toomai.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.cli.demo.DemoCluster.Condition;
import io.toomai.cli.demo.DemoPlan.NodePlan;
import io.toomai.cli.demo.DemoPlan.Passwords;
import io.toomai.cli.demo.DemoPlan.Programs;
import io.toomai.cli.demo.DemoPlan.Rejoin;
import io.toomai.cli.demo.DemoPlan.Replication;
import io.toomai.cli.demo.DemoView.Row;
import io.toomai.core.model.Secret;
import io.toomai.settings.LoadResult;
import io.toomai.settings.SettingsFile;
import io.toomai.settings.StoreSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The demo's pure parts.
class DemoPartsTest {
    private static DemoPlan plan(int count, Rejoin rejoin, Path folder) {
        List<NodePlan> nodes =
                IntStream.rangeClosed(1, count)
                        .mapToObj(i ->
                                new NodePlan(
                                        i,
                                        folder.resolve("node" + i),
                                        new DemoPlan.Ports(
                                                i * 10,
                                                i * 10 + 1,
                                                i * 10 + 2,
                                                i * 10 + 3,
                                                i * 10 + 4,
                                                i * 10 + 5)))
                        .toList();
        var secret = new Secret("d0123");
        return new DemoPlan(
                folder,
                nodes,
                new Passwords(secret, secret, secret, secret),
                new Programs(Path.of("/usr/lib/postgresql/15/bin"), "15.1", rejoin),
                Replication.SYNCHRONOUS);
    }

    @Test
    void settingsFilesAreAcceptedAsTheyAre() {
        DemoPlan plan = plan(4, Rejoin.REWIND, Path.of("/tmp/demo"));
        for (NodePlan node : plan.nodes()) {
            LoadResult result =
                    SettingsFile.parse(DemoConfig.of(plan, node), node.name(), Map.of());
            assertThat(result).isInstanceOf(LoadResult.Loaded.class);
            var loaded = (LoadResult.Loaded) result;
            assertThat(loaded.warnings()).isEmpty();
            assertThat(loaded.settings().name().toString()).contains(node.name());
            assertThat(loaded.settings().store())
                    .isInstanceOfSatisfying(
                            StoreSettings.class,
                            store -> {
                                assertThat(store.voters()).hasSize(3);
                                assertThat(store.id().isPresent()).isEqualTo(node.id() <= 3);
                            });
        }
    }

    @Test
    void withoutRewindTheAgentSaysWhyAndALongPathHasNoSocket() {
        Path folder = Path.of("/tmp", "x".repeat(100));
        DemoPlan plan = plan(1, Rejoin.CLONE, folder);
        assertThat(DemoConfig.of(plan, plan.nodes().getFirst()))
                .contains("use_pg_rewind: true")
                .contains("unix_socket_directories: ''");
    }

    @Test
    void keys() {
        assertThat(Key.of('k')).contains(Key.KILL_POSTMASTER);
        assertThat(Key.of('Q')).contains(Key.QUIT);
        assertThat(Key.of(3)).contains(Key.QUIT);
        assertThat(Key.of('x')).isEmpty();
    }

    private static DemoView view(List<String> events, Duration silence) {
        return new DemoView(
                "Toomai demo",
                List.of(
                        new Row("pg1", "leader", "running", "1", "", "5433", Condition.RUNNING),
                        new Row(
                                "pg2",
                                "sync standby",
                                "streaming",
                                "1",
                                "0 B",
                                "5434",
                                Condition.FROZEN)),
                1234,
                silence,
                events,
                Optional.of("kill -9 of pg1's postmaster"));
    }

    @Test
    void frameShowsMembersEventsAndKeys() {
        List<String> lines =
                Frame.of(view(List.of("a", "b"), Duration.ZERO), new Frame.Size(24, 100));
        assertThat(lines)
                .containsSequence(
                        "| Member | Port | Role         | State         | TL | Lag |",
                        "+--------+------+--------------+---------------+----+-----+",
                        "| pg1    | 5433 | leader       | running       |  1 |     |",
                        "| pg2    | 5434 | sync standby | frozen by you |  1 | 0 B |")
                .contains("writing: 1,234 rows confirmed", "a", "b")
                .contains("… kill -9 of pg1's postmaster")
                .endsWith(Frame.KEYS);
    }

    @Test
    void frameNeverOutgrowsTheTerminal() {
        var events = new ArrayList<String>();
        for (int i = 0; i < 100; i++) {
            events.add("event number " + i);
        }
        for (int rows = 1; rows < 40; rows++) {
            List<String> lines =
                    Frame.of(view(events, Duration.ofSeconds(2)), new Frame.Size(rows, 30));
            assertThat(lines).hasSizeLessThanOrEqualTo(rows);
            assertThat(lines).allMatch(line -> line.length() <= 30);
        }
        assertThat(Frame.of(view(events, Duration.ofSeconds(2)), new Frame.Size(24, 100)))
                .contains("event number 99", "WRITES STAND STILL for 2.0 s; 1,234 rows confirmed");
    }

    private static long millis(long count) {
        return Duration.ofMillis(count).toNanos();
    }

    @Test
    void standstillsAreMeasuredBetweenConfirmedRows() {
        var ledger = new Ledger();
        ledger.confirm("pg1", ledger.nextId(), millis(1000));
        ledger.confirm("pg1", ledger.nextId(), millis(1020));
        ledger.nextId();
        ledger.confirm("pg2", ledger.nextId(), millis(1450));
        assertThat(ledger.gapAfter(millis(1030)))
                .contains(new Ledger.Gap("pg1", "pg2", millis(1020), millis(1450)));
        assertThat(ledger.gapAfter(millis(1450))).isEmpty();
        assertThat(ledger.rows()).isEqualTo(3);
        assertThat(ledger.silence(millis(1500))).isEqualTo(Duration.ofMillis(50));
    }

    @Test
    void missingRows() {
        var confirmed = new BitSet();
        confirmed.set(1, 5);
        var stored = new BitSet();
        stored.set(2, 9);
        assertThat(Ledger.missing(confirmed, stored)).isEqualTo(1);
    }

    @Test
    void outcomes() {
        var incident = new Incident("kill -9 of pg1's postmaster", millis(1000));
        var gap = new Ledger.Gap("pg1", "pg2", millis(1000), millis(1430));
        assertThat(incident.outcome(Optional.of(gap), Optional.of(0), millis(1500)))
                .contains(
                        "kill -9 of pg1's postmaster: new primary pg2, writes stopped for 0.43 s,"
                                + " 0 acknowledged rows lost");
        assertThat(incident.outcome(Optional.empty(), Optional.empty(), millis(2000))).isEmpty();
        assertThat(incident.outcome(Optional.empty(), Optional.empty(), millis(60_000)))
                .contains("kill -9 of pg1's postmaster: writes did not stop");
    }
}
