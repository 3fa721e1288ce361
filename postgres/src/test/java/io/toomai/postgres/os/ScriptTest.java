package io.toomai.postgres.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.postgres.PostgresException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Commands that do what they should not: nothing of it holds up or fills the agent.
class ScriptTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir private Path folder;

    private static Script shell(String line) {
        return Script.start(List.of("/bin/sh", "-c", line));
    }

    private long pidIn(String file) {
        Path path = folder.resolve(file);
        Awaitility.await(file)
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> Files.readString(path).endsWith("\n"));
        try {
            return Long.parseLong(Files.readString(path).strip());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void awaitDeath(long pid) {
        Awaitility.await("the end of " + pid)
                .atMost(PATIENCE)
                .until(() -> ProcessTable.find(pid).filter(ProcessTable.Entry::isAlive).isEmpty());
    }

    @Test
    void itsStatusAndLastWordsAreTold() throws Exception {
        Script.Result result = shell("echo one; echo two >&2; exit 3").await(PATIENCE);
        assertThat(result).isEqualTo(new Script.Result(Program.End.EXITED, 3, "one | two"));
        assertThat(result.succeeded()).isFalse();
        assertThat(result.explanation()).isEqualTo("exit status 3, it said last: one | two");
    }

    @Test
    void whatDoesNotExistIsNamed() {
        assertThatThrownBy(() -> Script.start(List.of("/nowhere/at-all")))
                .isInstanceOf(PostgresException.class)
                .hasMessageContaining("/nowhere/at-all");
    }

    @Test
    void ofMegabytesWithoutALineOnlyTheEndIsKept() throws Exception {
        Script.Result result =
                shell("head -c 20000000 /dev/zero | tr '\\0' x; echo end").await(PATIENCE);
        assertThat(result.succeeded()).isTrue();
        assertThat(result.said()).endsWith("xend").hasSizeLessThan(5000);
    }

    @Test
    void whatHangsIsEndedWithItsChildren() throws Exception {
        Path child = folder.resolve("child");
        Script script = shell("sleep 300 & echo $! > " + child + "; wait");
        long pid = pidIn("child");
        Script.Result result = script.await(Duration.ofMillis(50));
        assertThat(result.end()).isEqualTo(Program.End.TIMED_OUT);
        assertThat(result.explanation()).contains("did not end in time");
        awaitDeath(pid);
    }

    @Test
    void aKillReachesChildrenThatIgnoreRequests() throws Exception {
        Path child = folder.resolve("child");
        Script script =
                shell(
                        "trap '' TERM; (trap '' TERM; echo $$; sleep 300) & echo $! > %s; wait"
                                .formatted(child));
        long pid = pidIn("child");
        script.kill();
        assertThat(script.await(PATIENCE).status()).isEqualTo(128 + 9);
        awaitDeath(pid);
    }

    @Test
    void aChildThatIsLeftWithThePipeHoldsUpNothing() throws Exception {
        Path child = folder.resolve("child");
        Script.Result result =
                shell("sleep 300 & echo $! > " + child + "; echo left").await(PATIENCE);
        assertThat(result).isEqualTo(new Script.Result(Program.End.EXITED, 0, "left"));
        long left = pidIn("child");
        assertThat(ProcessTable.find(left).filter(ProcessTable.Entry::isAlive))
                .as("nobody asked for its end")
                .isPresent();
        ProcessHandle.of(left).ifPresent(ProcessHandle::destroyForcibly);
    }

    @Test
    void itInheritsTheEnvironmentWithoutOurSettings() throws Exception {
        String said = shell("env | cut -d= -f1 | sort | tr '\\n' ' '").await(PATIENCE).said();
        assertThat(said).contains("PATH").doesNotContain("TOOMAI_").doesNotContain("PATRONI_");
        Optional<String> path = Optional.ofNullable(System.getenv("PATH"));
        assertThat(shell("printf %s \"$PATH\"").await(PATIENCE).said()).isEqualTo(path.orElse(""));
    }
}
