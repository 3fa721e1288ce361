package io.toomai.agent.hooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.core.cluster.MemberRole;
import io.toomai.core.model.MemberName;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.os.ProcessTable;
import io.toomai.settings.EffectivePostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Commands as operators write them, good and bad.
class HooksTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir private Path folder;
    private final Hooks hooks = new Hooks(new MemberName("pg1"), "demo");

    private static EffectivePostgres settings(
            Map<String, String> callbacks, String prePromote, String beforeStop) {
        return new EffectivePostgres(
                new TreeMap<>(),
                new TreeMap<>(),
                List.of(),
                List.of(),
                new TreeMap<>(),
                Set.of(),
                Duration.ZERO,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                new TreeMap<>(callbacks),
                Optional.empty(),
                Optional.of(prePromote).filter(s -> !s.isEmpty()),
                Optional.of(beforeStop).filter(s -> !s.isEmpty()),
                List.of());
    }

    private void callback(String action, String command) {
        hooks.configure(settings(Map.of(action, command), "", ""));
    }

    private void prePromote(String command) {
        hooks.configure(settings(Map.of(), command, ""));
    }

    private void beforeStop(String command) {
        hooks.configure(settings(Map.of(), "", command));
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private static String content(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitContent(Path file, String content) {
        Awaitility.await(file.toString())
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(content(file)).isEqualTo(content));
    }

    @Test
    void theCommandIsSplitAsAShellWouldAndGetsThreeMoreWords() {
        callback("on_start", "sh -c 'echo \"$0 $1 $2 $3\" > " + file("said") + "' 'two words'");
        hooks.starting(MemberRole.REPLICA);
        hooks.ready();
        awaitContent(file("said"), "two words on_start replica demo\n");
    }

    @Test
    void newSettingsCountFromTheNextOccasion() {
        callback("on_stop", "sh -c 'echo old > " + file("said") + "'");
        callback("on_stop", "sh -c 'echo new > " + file("said") + "'");
        hooks.stopped();
        awaitContent(file("said"), "new\n");
    }

    @Test
    void aCallbackKillsTheOneThatHangsWithItsChildren() {
        callback(
                "on_start",
                "sh -c 'trap \"\" TERM; sleep 300 & echo $! > " + file("child") + "; wait'");
        hooks.ready();
        Awaitility.await().atMost(PATIENCE).until(() -> content(file("child")).endsWith("\n"));
        long child = Long.parseLong(content(file("child")).strip());
        callback("on_stop", "sh -c 'echo $0 > " + file("said") + "'");
        hooks.stopped();
        awaitContent(file("said"), "on_stop\n");
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() ->
                        ProcessTable.find(child).filter(ProcessTable.Entry::isAlive).isEmpty());
    }

    @Test
    void aReloadKillsNoOtherCallback() throws InterruptedException {
        Path go = file("go");
        hooks.configure(
                settings(
                        Map.of(
                                "on_start",
                                "sh -c 'until test -e "
                                        + go
                                        + "; do sleep 0.1; done; echo $0 > "
                                        + file("started")
                                        + "'",
                                "on_reload",
                                "sh -c 'echo $0 > " + go + "'"),
                        "",
                        ""));
        hooks.ready();
        hooks.reloaded();
        awaitContent(file("started"), "on_start\n");
        hooks.awaitCallbacks();
    }

    @Test
    void whatCannotRunHindersNothingThatFollows() {
        callback("on_start", "/nowhere/at-all");
        hooks.ready();
        callback("on_stop", "sh -c 'unclosed");
        hooks.stopped();
        callback("on_stop", "sh -c 'exit 7'");
        hooks.stopped();
        callback("on_stop", "sh -c 'echo ran > " + file("said") + "'");
        hooks.stopped();
        awaitContent(file("said"), "ran\n");
    }

    @Test
    void withoutCommandsNothingRuns() throws InterruptedException {
        hooks.configure(settings(Map.of(), "", ""));
        hooks.ready();
        hooks.beforeStop(PATIENCE);
        hooks.prePromote(PATIENCE);
        hooks.awaitCallbacks();
    }

    @Test
    void aPromotionNeedsStatusZero() {
        prePromote("true");
        hooks.prePromote(PATIENCE);
        refuses("sh -c 'echo no quorum of fences; exit 2'", PATIENCE, "exit status 2", "no quorum");
        refuses("/nowhere/at-all", PATIENCE, "/nowhere/at-all");
        refuses("sh -c 'unclosed", PATIENCE, "postgresql.pre_promote", "quote");
        refuses("sleep 300", Duration.ofMillis(50), "did not end in time");
    }

    private void refuses(String command, Duration patience, String... parts) {
        prePromote(command);
        assertThatThrownBy(() -> hooks.prePromote(patience))
                .isInstanceOf(PostgresException.class)
                .message()
                .contains(parts);
    }

    @Test
    void aPromotionThatIsCalledOffEndsTheScript() throws InterruptedException {
        prePromote("sh -c 'echo $$ > " + file("pid") + "; exec sleep 300'");
        Thread task = Thread.ofPlatform().start(() -> refusesQuietly());
        Awaitility.await().atMost(PATIENCE).until(() -> content(file("pid")).endsWith("\n"));
        task.interrupt();
        task.join(PATIENCE);
        assertThat(task.isAlive()).isFalse();
        long pid = Long.parseLong(content(file("pid")).strip());
        assertThat(ProcessTable.find(pid).filter(ProcessTable.Entry::isAlive)).isEmpty();
    }

    private void refusesQuietly() {
        assertThatThrownBy(() -> hooks.prePromote(PATIENCE)).isInstanceOf(PostgresException.class);
    }

    @Test
    void aStopWaitsForItsHookAndNoLongerThanItMay() {
        beforeStop("sh -c 'echo ran > " + file("said") + "; exit 1'");
        hooks.beforeStop(PATIENCE);
        assertThat(content(file("said"))).isEqualTo("ran\n");
        for (String bad : List.of("sleep 300", "/nowhere/at-all", "sh -c 'unclosed")) {
            beforeStop(bad);
            hooks.beforeStop(Duration.ofMillis(50));
        }
    }
}
