package io.toomai.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.cli.Console;
import io.toomai.cli.FakeMember;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands against a fake member: what they print, send and exit with.
class CommandsTest {
    @TempDir Path folder;

    private final FakeMember member = new FakeMember();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void keepCacheHere() {
        environment.put("XDG_CACHE_HOME", folder.toString());
    }

    @AfterEach
    void close() {
        member.close();
    }

    private int run(String input, String... arguments) {
        var console =
                new Console(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        out,
                        err,
                        Console.Kind.PIPE);
        var all = new ArrayList<>(List.of("-d", member.address()));
        all.addAll(List.of(arguments));
        return Commands.run(new Context(console, environment, "toomai"), all);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void listShowsTheTable() {
        assertThat(run("", "list")).isZero();
        assertThat(out())
                .startsWith("+ Cluster: demo (123) -")
                .contains("| pg2    | 127.0.0.1:5434 | Sync Standby | streaming |");
    }

    private int runWithoutUrl(String... arguments) {
        var console =
                new Console(new ByteArrayInputStream(new byte[0]), out, err, Console.Kind.PIPE);
        return Commands.run(new Context(console, environment, "toomai"), List.of(arguments));
    }

    @Test
    void nonsenseUrlsNameTheOptionAndRepeatNoPassword() {
        assertThat(run("", "list", "-d", "mongo://10.0.0.1/x")).isEqualTo(1);
        assertThat(err())
                .startsWith(
                        "Error: -d/--dcs-url (or DCS_URL): Unknown dcs scheme: mongo (expected");
        err.reset();
        for (String url :
                List.of("etcd3://u:secret@h:1", "etcd3://h:secret", "consul://h:1?a=secret")) {
            assertThat(run("", "list", "-d", url)).as(url).isEqualTo(1);
        }
        assertThat(err()).contains("put it into a settings file").doesNotContain("secret");
        assertThat(run("", "list", "demo", "--group", "1")).isEqualTo(1);
        assertThat(err()).contains("only the store knows the groups");
    }

    @Test
    void theUrlMayStandInTheEnvironment() {
        environment.put("DCS_URL", "http://" + member.address());
        assertThat(runWithoutUrl("dsn")).as(err()).isZero();
        environment.put("DCS_URL", "etcd2://h");
        assertThat(runWithoutUrl("dsn")).isEqualTo(1);
        assertThat(err()).contains("Unknown dcs scheme: etcd2");
    }

    @Test
    void withoutAnyClusterListOnlyWarns() {
        assertThat(runWithoutUrl("list", "-t")).isZero();
        assertThat(runWithoutUrl("topology")).isZero();
        assertThat(runWithoutUrl("list", "-d", "etcd3://127.0.0.1:1")).isZero();
        assertThat(err().lines())
                .hasSize(3)
                .allMatch(line ->
                        line.startsWith(
                                "WARNING: Listing members: No cluster names were provided: "));
        assertThat(out()).isEmpty();
        assertThat(runWithoutUrl("dsn")).isEqualTo(1);
    }

    @Test
    void listWithTheTimeAndAllColumns() {
        assertThat(run("", "list", "-t", "-e")).isZero();
        assertThat(out())
                .matches(
                        "(?s)\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\n\\+ Cluster: demo \\(123\\) .*")
                .contains(
                        "| Pending restart | Pending restart reason | Scheduled restart | Tags |");
    }

    @Test
    void listOfAnotherClusterIsAnError() {
        assertThat(run("", "list", "other")).isEqualTo(1);
        assertThat(err()).startsWith("Error: cluster other is not here");
    }

    /// Patroni 3.0 tells the scope in a member's status, and of others only how far they are
    /// behind.
    @Test
    void aMemberOfAnOldPatroniIsAskedToo() {
        member.answer(
                "GET /cluster",
                200,
                """
                {"members": [{"name": "pg1", "role": "leader", "state": "running",
                  "host": "127.0.0.1", "port": 5433, "timeline": 1},
                 {"name": "pg2", "role": "replica", "state": "running",
                  "host": "127.0.0.1", "port": 5434, "timeline": 1, "lag": 3145728}]}\
                """);
        member.answer(
                "GET /patroni",
                200,
                """
                {"state": "running", "role": "master", "database_system_identifier": "123",
                 "patroni": {"version": "3.0.2", "scope": "demo"}}\
                """);
        assertThat(run("", "list", "demo", "-f", "tsv")).isZero();
        assertThat(out())
                .endsWith(
                        "demo\tpg2\t127.0.0.1:5434\tReplica\trunning\t1\t\t\t\t3"
                                + System.lineSeparator());
    }

    @Test
    void otherMembersAreTriedWhenTheNamedOneIsDown() {
        run("", "list");
        String down = "127.0.0.1:1," + member.address();
        assertThat(run("", "-d", down, "dsn")).isZero();
        assertThat(run("", "dsn", "-d", "127.0.0.1:1,127.0.0.1:2")).isZero();
        assertThat(out()).endsWith("host=127.0.0.1 port=5433\n");
    }

    @Test
    void nobodyAnswers() {
        assertThat(run("", "list", "-d", "127.0.0.1:1")).isEqualTo(1);
        assertThat(err()).contains("no member of the cluster answers", "127.0.0.1:1");
    }

    @Test
    void switchoverAsksEverything() {
        member.answer("POST /switchover", 200, "Successfully switched over to \"pg2\"");
        assertThat(run("\npg2\n\ny\n", "switchover")).isZero();
        assertThat(out())
                .contains("Current cluster topology")
                .contains("Primary [pg1]: Candidate ['pg2', 'pg3'] []: When should")
                .contains(
                        "Are you sure you want to switchover cluster demo, demoting current leader"
                                + " pg1? [y/N]: ")
                .containsPattern(
                        "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{5} Successfully switched"
                                + " over to \"pg2\"");
        assertThat(member.changes())
                .containsExactly("POST /switchover {\"candidate\":\"pg2\",\"leader\":\"pg1\"}");
    }

    @Test
    void failedSwitchoverIsAFailureUnlessPatronisCodesAreWanted() {
        member.answer("POST /switchover", 412, "candidate does not exists");
        assertThat(run("", "switchover", "--force")).isEqualTo(1);
        assertThat(out()).contains("Switchover failed, details: 412, candidate does not exists");
        assertThat(run("", "--compat-exit", "switchover", "--force")).isZero();
        environment.put("TOOMAI_COMPAT_PATRONI", "1");
        assertThat(run("", "switchover", "--force")).isZero();
    }

    @Test
    void switchoverToTheLeaderMakesNoSense() {
        assertThat(run("", "switchover", "--candidate", "pg1", "--force")).isEqualTo(1);
        assertThat(err()).isEqualTo("Error: Switchover target and source are the same.\n");
        assertThat(member.changes()).isEmpty();
    }

    @Test
    void declinedAndUnanswered() {
        assertThat(run("\n\n\nn\n", "switchover")).isEqualTo(1);
        assertThat(err()).isEqualTo("Error: Aborting switchover\n");
        assertThat(run("", "switchover")).isEqualTo(1);
        assertThat(err()).endsWith("Aborted!\n");
    }

    @Test
    void scheduledSwitchover() {
        member.answer("POST /switchover", 202, "Switchover scheduled");
        int code = run("", "switchover", "--force", "--scheduled", "2030-01-02T03:04:05+02:00");
        assertThat(code).isZero();
        assertThat(member.changes().getFirst())
                .contains("\"scheduled_at\":\"2030-01-02T03:04:05+02:00\"");
        assertThat(run("", "switchover", "--force", "--scheduled", "soon")).isEqualTo(1);
        assertThat(err()).contains("Unable to parse scheduled timestamp (soon)");
    }

    @Test
    void failoverToAnAsynchronousNodeIsConfirmedTwice() {
        member.answer("POST /failover", 200, "Successfully failed over to \"pg3\"");
        assertThat(run("pg3\ny\ny\n", "failover")).isZero();
        assertThat(out())
                .contains("Are you sure you want to failover to the asynchronous node pg3? [y/N]");
        assertThat(member.changes()).containsExactly("POST /failover {\"candidate\":\"pg3\"}");
    }

    @Test
    void restartGoesFromMemberToMember() {
        member.answer("POST /restart", 200, "restarted successfully");
        assertThat(run("", "restart", "demo", "--force")).isZero();
        assertThat(out())
                .startsWith("+ Cluster: demo (123) ")
                .endsWith(
                        """
                        Success: restart on member pg1
                        Success: restart on member pg2
                        Success: restart on member pg3
                        """);
    }

    @Test
    void restartOfPendingMembersOnly() {
        member.answer("POST /restart", 503, "restart failed");
        assertThat(run("", "restart", "demo", "--pending", "--force")).isEqualTo(1);
        assertThat(member.changes()).containsExactly("POST /restart {\"restart_pending\":true}");
        assertThat(out())
                .startsWith("+ Cluster: demo (123) ")
                .endsWith("Failed: restart for member pg3, status code=503, (restart failed)\n");
    }

    @Test
    void restartNeedsTheClusterName() {
        assertThat(run("", "restart")).isEqualTo(2);
        assertThat(err()).contains("Usage: toomai restart", "Missing argument 'CLUSTER_NAME'.");
    }

    @Test
    void reload() {
        member.answer("POST /reload", 202, "reload scheduled");
        assertThat(run("", "reload", "demo", "pg2", "--force")).isZero();
        assertThat(out())
                .startsWith("+ Cluster: demo (123) ")
                .endsWith(
                        "Reload request received for member pg2 and will be processed within 10"
                                + " seconds\n");
    }

    @Test
    void reinitIsForReplicas() {
        member.answer("POST /reinitialize", 200, "reinitialize started");
        assertThat(run("", "reinit", "demo", "pg1", "--force")).isEqualTo(1);
        assertThat(err()).contains("No replica among provided members");
        assertThat(run("", "reinit", "demo", "pg3", "--force", "--from-leader")).isZero();
        assertThat(member.changes())
                .containsExactly("POST /reinitialize {\"force\":true,\"from_leader\":true}");
    }

    @Test
    void reinitWaitsAndTellsHowFarItIs() {
        member.answer("POST /reinitialize", 200, "reinitialize started");
        var states =
                new ArrayDeque<>(
                        List.of("creating replica", "creating replica", "creating replica"));
        member.whenAsked(
                "GET /patroni",
                () ->
                        member.answer(
                                "GET /patroni",
                                200,
                                "{\"state\": \"%s\", \"task\": \"copying, 40%%\"}"
                                        .formatted(states.isEmpty() ? "running" : states.poll())));
        assertThat(run("", "reinit", "demo", "pg3", "--force", "--wait")).isZero();
        assertThat(out())
                .endsWith(
                        """
                        Success: reinitialize for member pg3
                        Waiting for reinitialize to complete on: pg3 (copying, 40%)
                        Reinitialize is completed on: pg3
                        """);
    }

    @Test
    void pauseAndResume() {
        member.answer("PATCH /config", 200, "{}");
        assertThat(run("", "pause", "--wait")).isZero();
        assertThat(out())
                .isEqualTo(
                        """
                        'pause' request sent, waiting until it is recognized by all nodes
                        Success: cluster management is paused
                        """);
        assertThat(run("", "resume")).isEqualTo(1);
        assertThat(err()).isEqualTo("Error: Cluster is not paused\n");
        member.answer("GET /cluster", 200, member.cluster(", \"pause\": true"));
        assertThat(run("", "resume")).isZero();
        assertThat(member.changes())
                .containsExactly(
                        "PATCH /config {\"pause\":true}", "PATCH /config {\"pause\":null}");
    }

    @Test
    void showConfig() {
        assertThat(run("", "show-config")).isZero();
        assertThat(out()).isEqualTo("loop_wait: 10\nttl: 30\n\n");
    }

    @Test
    void editConfigShowsAsksAndPatches() {
        member.answer("PATCH /config", 200, "{}");
        assertThat(run("y\n", "edit-config", "-s", "ttl=20", "-p", "work_mem=8MB")).isZero();
        assertThat(out())
                .isEqualTo(
                        """
                        --- \n\
                        +++ \n\
                        @@ -1,2 +1,5 @@
                         loop_wait: 10
                        -ttl: 30
                        +postgresql:
                        +  parameters:
                        +    work_mem: 8MB
                        +ttl: 20
                        Apply these changes? [y/N]: Configuration changed
                        """);
        assertThat(member.changes())
                .containsExactly(
                        "PATCH /config {\"ttl\":20,\"postgresql\":{\"parameters\":{\"work_mem\":"
                                + "\"8MB\"}}}");
    }

    @Test
    void editConfigWithoutChangeOrByOthersAtOnce() throws IOException {
        assertThat(run("", "edit-config", "-s", "ttl=30")).isZero();
        assertThat(out()).isEqualTo("Not changed\n");
        assertThat(run("", "edit-config", "-s", "ttl=30", "-q")).isZero();
        assertThat(out()).isEqualTo("Not changed\n");
        member.answer("PATCH /config", 409, "");
        Path file = Files.writeString(folder.resolve("c.yaml"), "ttl: 40\n");
        assertThat(run("", "edit-config", "--apply", file.toString(), "--force", "-q"))
                .isEqualTo(1);
        assertThat(err())
                .isEqualTo("Error: Config modification aborted due to concurrent changes\n");
    }

    @Test
    void editConfigFromInputNeedsForce() {
        assertThat(run("ttl: 40\n", "edit-config", "--replace", "-")).isZero();
        assertThat(out()).endsWith("Use --force option to apply changes\n");
    }

    @Test
    void editConfigInAnEditor() throws IOException {
        member.answer("PATCH /config", 200, "{}");
        Path editor = Files.writeString(folder.resolve("edit"), "#!/bin/sh\necho 'a: 1' >> $1\n");
        assertThat(editor.toFile().setExecutable(true)).isTrue();
        environment.put("EDITOR", editor.toString());
        assertThat(run("", "edit-config", "--force", "-q")).isZero();
        assertThat(member.changes()).containsExactly("PATCH /config {\"a\":1}");
    }

    @Test
    void history() {
        member.answer(
                "GET /history",
                200,
                "[[1, 50331808, \"no recovery target specified\","
                        + " \"2026-11-20T22:49:54.337617+00:00\", \"pg1\"], [2, 60, \"why\"]]");
        assertThat(run("", "history")).isZero();
        assertThat(out())
                .isEqualTo(
                        """
                        +----+----------+------------------------------+----------------------------------+------------+
                        | TL |      LSN | Reason                       | Timestamp                        | New Leader |
                        +----+----------+------------------------------+----------------------------------+------------+
                        |  1 | 50331808 | no recovery target specified | 2026-11-20T22:49:54.337617+00:00 | pg1        |
                        |  2 |       60 | why                          |                                  |            |
                        +----+----------+------------------------------+----------------------------------+------------+
                        """);
        out.reset();
        assertThat(run("", "history", "-f", "json")).isZero();
        assertThat(out())
                .endsWith(
                        ", {\"TL\": 2, \"LSN\": 60, \"Reason\": \"why\", \"Timestamp\": \"\", \"New Leader\": \"\"}]\n");
        out.reset();
        assertThat(run("", "history", "-f", "tsv")).isZero();
        assertThat(out())
                .startsWith("TL\tLSN\tReason\tTimestamp\tNew Leader\n1\t50331808\t")
                .endsWith("\n2\t60\twhy\t\t\n");
        out.reset();
        assertThat(run("", "history", "-f", "yaml")).isZero();
        assertThat(out())
                .contains(
                        """
                        - LSN: 60
                          New Leader: ''
                          Reason: why
                          TL: 2
                          Timestamp: ''
                        """);
    }

    @Test
    void versions() {
        assertThat(run("", "version", "demo", "pg2")).isZero();
        assertThat(out()).endsWith("\n\npg2: Patroni 4.1.4 PostgreSQL 16.4\n");
    }

    @Test
    void dsnOfAReplica() {
        assertThat(run("", "dsn", "-r", "replica")).isZero();
        assertThat(out()).isEqualTo("host=127.0.0.1 port=5434\n");
        assertThat(run("", "dsn", "-r", "replica", "-m", "pg1")).isEqualTo(1);
        assertThat(run("", "dsn", "-m", "nobody")).isEqualTo(1);
        assertThat(err()).endsWith("Error: Can not find a suitable member\n");
    }

    @Test
    void flushScheduledSwitchover() {
        assertThat(run("", "flush", "demo", "switchover")).isZero();
        assertThat(out()).isEqualTo("No pending scheduled switchover\n");
        String scheduled = ", \"scheduled_switchover\": {\"at\": \"2030-01-02T03:04:05+00:00\"}";
        member.answer("GET /cluster", 200, member.cluster(scheduled));
        member.answer("DELETE /switchover", 404, "no switchover is scheduled");
        assertThat(run("", "flush", "demo", "switchover")).isEqualTo(1);
        assertThat(out()).endsWith("Failed: no switchover is scheduled\n");
        member.answer("DELETE /switchover", 200, "scheduled switchover deleted");
        assertThat(run("", "flush", "demo", "switchover")).isZero();
        assertThat(out()).endsWith("Success: scheduled switchover deleted\n");
    }

    @Test
    void queryErrorsAreRows() {
        assertThat(run("", "query", "-c", "SELECT 1", "-m", "pg1")).isZero();
        assertThat(out()).contains("\tERROR, SQLSTATE: ");
        assertThat(run("", "query", "-c", "SELECT 1", "-m", "nobody")).isZero();
        assertThat(out()).endsWith("\tNo connection to member nobody is available\n");
    }

    @Test
    void unknownWordsAreUsageErrors() {
        assertThat(run("", "frobnicate")).isEqualTo(2);
        assertThat(err()).contains("Error: No such command 'frobnicate'.");
        assertThat(run("", "list", "--frobnicate")).isEqualTo(2);
        assertThat(err()).contains("Error: No such option: --frobnicate");
        assertThat(run("", "list", "-f", "xml")).isEqualTo(2);
        assertThat(run("")).isEqualTo(2);
        assertThat(err()).contains("Error: Missing command.");
    }

    @Test
    void helpNamesEveryCommand() {
        assertThat(run("", "--help")).isZero();
        assertThat(out()).contains("switchover", "edit-config", "agent").doesNotContain("train");
    }

    @Test
    void theStoreIsAskedOnItsOwnMachine() throws IOException {
        assertThat(run("", "store")).isEqualTo(2);
        assertThat(err()).contains("Missing command: one of status, remove");
        assertThat(run("", "store", "status")).isEqualTo(1);
        assertThat(err()).contains("which node?");
        Path file =
                Files.writeString(
                        folder.resolve("witness.yml"),
                        "name: w\ntoomai: {store: {id: 1, data_dir: %s, voters: ['1@h:1:2:3']}}\n"
                                .formatted(folder.resolve("store")));
        assertThat(run("", "store", "status", file.toString())).isEqualTo(1);
        assertThat(err()).contains("Start the agent or the witness of this node");
        assertThat(run("n\n", "store", "remove", "3", file.toString())).isEqualTo(1);
        assertThat(err()).contains("Aborted!");
        assertThat(run("", "store", "found", file.toString())).isEqualTo(2);
        assertThat(run("", "store", "backup", "/x", file.toString())).isEqualTo(1);
        assertThat(err()).contains("has no scope");
    }

    @Test
    void completionKnowsTheCommands() {
        assertThat(run("", "completion", "bash")).isZero();
        assertThat(out()).contains("switchover").contains("complete -F");
        assertThat(run("", "completion", "fish")).isEqualTo(2);
    }

    @Test
    void trainingRuns() {
        assertThat(run("", "train", "cli")).isZero();
        assertThat(run("", "train", "agent")).as("it starts without these commands").isEqualTo(2);
    }

    @Test
    void settingsFileNamesTheMember() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("patroni.yml"),
                        """
                        scope: demo
                        name: pg1
                        restapi: {listen: '%1$s', connect_address: '%1$s',
                          authentication: {username: u, password: p}}
                        postgresql: {listen: '127.0.0.1:5433', data_dir: /nonexistent,
                          authentication: {superuser: {username: u, password: p},
                            replication: {username: r, password: p}}}
                        toomai: {store: {id: 1, voters: ['1@127.0.0.1:1:2:3']}}
                        """
                                .formatted(member.address()));
        var console =
                new Console(new ByteArrayInputStream(new byte[0]), out, err, Console.Kind.PIPE);
        var context = new Context(console, environment, "patronictl");
        assertThat(Commands.run(context, List.of("-c", file.toString(), "list", "-f", "tsv")))
                .as(err())
                .isZero();
        assertThat(out()).contains("demo\tpg1\t");
        var missing = new Context(console, environment, "patronictl");
        assertThat(Commands.run(missing, List.of("-c", "/nowhere.yml", "list"))).isEqualTo(1);
        assertThat(err()).contains("not existing or no read rights");
    }
}
