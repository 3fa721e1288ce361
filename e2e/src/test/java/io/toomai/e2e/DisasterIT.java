package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// docs/disaster-recovery.md, as the script `disaster.sh` walks through it.
class DisasterIT {
    private static final Plan SITE = new Plan(Postgres.V15, 1, "false", 5);

    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @TempDir private Path dir;

    @Test
    void aSiteIsLostAndComesBack() throws IOException {
        TestCluster east = CLUSTERS.own(SITE);
        TestNode home = east.start().nodes().getFirst();
        write(home, "create table t as select 'before' as r");
        TestCluster west =
                CLUSTERS.own(
                        SITE.configured(
                                "standby_cluster: {host: 127.0.0.1, port: %d}\n"
                                        .formatted(home.postgresPort())));
        TestNode abroad = west.nodes().getFirst();
        abroad.start();
        awaitRows(abroad, "before");
        Path hooks = writeHooks(home, abroad);

        home.killEverything();
        runbook(hooks, "promote", "west");
        write(abroad, "insert into t values ('in the west')");
        home.start();
        write(home, "insert into t values ('nobody has got this')");
        runbook(hooks, "follow", "east", "west");
        awaitRows(home, "before,in the west");

        write(abroad, "insert into t values ('the last in the west')");
        runbook(hooks, "switch", "west", "east");
        write(home, "insert into t values ('at home')");
        awaitRows(abroad, "at home,before,in the west,the last in the west");
    }

    /// As soon as it takes it.
    private static void write(TestNode node, String sql) {
        Waiting.until(
                sql,
                TestCluster.LONG,
                () -> {
                    node.execute(sql);
                    return true;
                });
    }

    private static void awaitRows(TestNode node, String rows) {
        Waiting.until(
                rows + " on " + node,
                TestCluster.LONG,
                () -> node.query("select string_agg(r, ',' order by r) from t").equals(rows));
    }

    /// What stands for the machines of the two sites.
    private Path writeHooks(TestNode east, TestNode west) throws IOException {
        return Files.writeString(
                dir.resolve("hooks.sh"),
                """
                toomai() {
                    site=$1
                    shift
                    case $site in
                        east) %s "$@" ;;
                        west) %s "$@" ;;
                    esac
                }
                port() {
                    case $1 in
                        east) echo %d ;;
                        west) echo %d ;;
                    esac
                }
                members() { echo "127.0.0.1 $(port "$1")"; }
                row() { PGPASSWORD=sup %s/psql -h 127.0.0.1 -p "$(port "$1")" -U postgres -Atc "$2" postgres; }
                """
                        .formatted(
                                operator(east),
                                operator(west),
                                east.postgresPort(),
                                west.postgresPort(),
                                Postgres.V15.bin()));
    }

    private static String operator(TestNode node) {
        return Keeper.TOOMAI.operator(node.settings()).stream()
                .map(word -> "'" + word + "'")
                .collect(Collectors.joining(" "));
    }

    private static void runbook(Path hooks, String... words) {
        var command = new ArrayList<>(List.of("sh", script().toString(), hooks.toString()));
        command.addAll(List.of(words));
        Processes.Ended ended = Processes.run(command.toArray(String[]::new));
        assertThat(ended.status()).as("%s\n%s", command, ended.output()).isZero();
    }

    private static Path script() {
        return Path.of("src/test/resources/disaster.sh").toAbsolutePath();
    }
}
