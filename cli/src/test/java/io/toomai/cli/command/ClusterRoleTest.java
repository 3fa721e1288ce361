package io.toomai.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.cli.Console;
import io.toomai.cli.FakeMember;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `demote-cluster` and `promote-cluster` against a fake member.
class ClusterRoleTest {
    private static final String LINE = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d ";

    @TempDir Path folder;

    private final FakeMember member = new FakeMember();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

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
        return Commands.run(
                new Context(console, Map.of("XDG_CACHE_HOME", folder.toString()), "toomai"), all);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private void plays(String role, String state) {
        member.answer(
                "GET /patroni",
                200,
                "{\"state\": \"%s\", \"role\": \"%s\", \"database_system_identifier\": \"1\"}"
                        .formatted(state, role));
    }

    /// The configuration is changed, and from then on the leader plays that role.
    private void obeysAs(String role) {
        member.answer("PATCH /config", 200, "{}");
        member.whenAsked("PATCH /config", () -> plays(role, "running"));
    }

    @Test
    void demotes() {
        plays("primary", "running");
        obeysAs("standby_leader");
        int code =
                run(
                        "y\n",
                        "demote-cluster",
                        "--host",
                        "10.0.0.9",
                        "--port",
                        "5433",
                        "--restore-command",
                        "cp /a/%f %p",
                        "--primary-slot-name",
                        "s1");
        assertThat(code).as(err()).isZero();
        assertThat(member.changes())
                .containsExactly(
                        "PATCH /config {\"standby_cluster\":{\"host\":\"10.0.0.9\",\"port\":5433,"
                                + "\"restore_command\":\"cp /a/%f %p\","
                                + "\"primary_slot_name\":\"s1\"}}");
        assertThat(out())
                .startsWith("Current cluster topology\n+ Cluster: demo (1)")
                .contains("Are you sure you want to demote demo cluster? [y/N]: ")
                .containsPattern(LINE + "cluster is successfully demoted\n");
    }

    @Test
    void tellsHowFarItIs() {
        plays("primary", "running");
        member.answer("PATCH /config", 200, "{}");
        member.whenAsked(
                "PATCH /config",
                () -> {
                    plays("standby_leader", "starting");
                    member.whenAsked("GET /cluster", () -> plays("standby_leader", "running"));
                });
        assertThat(run("", "demote-cluster", "--port", "5433", "--force")).isZero();
        member.whenAsked("GET /cluster", () -> {});
        plays("standby_leader", "running");
        member.whenAsked(
                "PATCH /config",
                () -> {
                    plays("replica", "starting");
                    member.whenAsked("GET /patroni", new Later(() -> plays("primary", "running")));
                });
        assertThat(run("", "promote-cluster", "demo", "--force")).isZero();
        assertThat(out())
                .containsPattern(
                        LINE
                                + "cluster is unlocked: False, leader role: replica, leader state:"
                                + " starting\n")
                .containsPattern(LINE + "cluster is successfully promoted\n");
        assertThat(member.changes().getLast())
                .isEqualTo("PATCH /config {\"standby_cluster\":null}");
    }

    /// Acts from the fourth time on.
    private static final class Later implements Runnable {
        private final Runnable then;
        private int times;

        Later(Runnable then) {
            this.then = then;
        }

        @Override
        public void run() {
            times++;
            if (times > 3) {
                then.run();
            }
        }
    }

    @Test
    void whereToIsNeeded() {
        assertThat(run("", "demote-cluster", "--primary-slot-name", "s", "--force")).isEqualTo(2);
        assertThat(err()).contains("At least one of --host, --port and --restore-command");
        assertThat(member.changes()).isEmpty();
    }

    @Test
    void whatIsAlreadySoIsRefused() {
        plays("primary", "running");
        assertThat(run("", "promote-cluster", "--force")).isEqualTo(1);
        assertThat(err()).isEqualTo("Error: Cluster is already in the required state\n");
        plays("standby_leader", "running");
        assertThat(run("", "demote-cluster", "--host", "h", "--force")).isEqualTo(1);
        assertThat(member.changes()).isEmpty();
    }

    @Test
    void declinedOrWithoutLeader() {
        plays("primary", "running");
        assertThat(run("n\n", "demote-cluster", "--host", "h")).isEqualTo(1);
        assertThat(err()).isEqualTo("Error: Aborted cluster demotion\n");
        member.answer("GET /cluster", 200, "{\"members\": [], \"scope\": \"demo\"}");
        assertThat(run("", "promote-cluster", "--force")).isEqualTo(1);
        assertThat(err()).endsWith("Error: Cluster has no leader, promotion is not possible\n");
        assertThat(member.changes()).isEmpty();
    }

    @Test
    void aRefusedChangeIsAnErrorInEveryMode() {
        plays("primary", "running");
        member.answer("PATCH /config", 409, "somebody else");
        assertThat(run("", "--compat-exit", "demote-cluster", "--host", "h", "--force"))
                .isEqualTo(1);
        assertThat(err())
                .isEqualTo(
                        "Error: Failed to demote demo cluster: /config PATCH status code=409,"
                                + " (somebody else)\n");
    }
}
