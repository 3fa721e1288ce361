package io.toomai.postgres.create;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.data.DataDirectory;
import io.toomai.postgres.data.DataDirectory.Making;
import io.toomai.postgres.os.ProcessTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Commands of the operator's, and what they leave behind.
class CustomMethodTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final SystemIdentifier SYSTEM = new SystemIdentifier("7400000001");

    @TempDir private Path dir;

    private CustomMethod method(String script, List<String> words) throws IOException {
        Path file = Files.writeString(dir.resolve("a script"), "#!/bin/sh\n" + script + "\n");
        return new CustomMethod(
                "postgresql.own",
                "/bin/sh '" + file + "'",
                words,
                Map.of("PGPASSFILE", "/somewhere"),
                PATIENCE);
    }

    private DataDirectory data() {
        return new DataDirectory(dir.resolve("data"), 17);
    }

    @Test
    void wordsArriveWholeWithTheEnvironment() throws IOException {
        Path said = dir.resolve("said");
        method(
                        "printf '%s\\n' \"$@\" \"$PGPASSFILE\" >'" + said + "'",
                        List.of("--datadir=/a b", "--connstring=host=x user='y'", "--empty="))
                .run();
        assertThat(Files.readAllLines(said))
                .containsExactly(
                        "--datadir=/a b", "--connstring=host=x user='y'", "--empty=", "/somewhere");
    }

    @Test
    void aFailureSaysWhyButNoArgument() throws IOException {
        CustomMethod failing = method("echo no repository; exit 7", List.of("--cipher-pass=hush"));
        assertThatThrownBy(failing::run)
                .hasMessageContainingAll("postgresql.own", "exit status 7", "no repository")
                .hasMessageNotContaining("hush")
                .extracting(e -> ((PostgresException) e).code())
                .isEqualTo(Code.PROGRAM_FAILED);
        assertThat(failing).asString().doesNotContain("hush");
    }

    @Test
    void whoIsToldToStopEndsItsChildrenToo() throws Exception {
        Path pid = dir.resolve("pid");
        CustomMethod endless = method("sleep 600 & echo $! >'" + pid + "'; wait", List.of());
        CompletableFuture<Throwable> ended = new CompletableFuture<>();
        Thread worker =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                endless.run();
                            } catch (PostgresException e) {
                                ended.complete(e);
                            }
                        });
        long child = childIn(pid);
        worker.interrupt();
        assertThat(ended.join())
                .isInstanceOfSatisfying(
                        PostgresException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.INTERRUPTED));
        await().atMost(PATIENCE).until(() -> isGone(child));
    }

    /// Its agent was killed; the next one must not make data under its hands.
    @Test
    void whatOutlivedItsAgentIsEndedBeforeAnythingIsMade() throws Exception {
        Path pid = dir.resolve("pid");
        ProcessBuilder left =
                new ProcessBuilder("/bin/sh", "-c", "setsid sleep 600 & echo $! >'" + pid + "'");
        left.environment().putAll(data().marks());
        left.start().waitFor();
        long child = childIn(pid);
        new DataDirectory(dir.resolve("other"), 17).beginMaking(Making.CLONE);
        assertThat(isGone(child)).as("it fills another directory").isFalse();
        data().beginMaking(Making.CLONE);
        await().atMost(PATIENCE).until(() -> isGone(child));
    }

    @Test
    void successWithoutDataIsAFailureAndStaysMarked() throws IOException {
        CustomMethod nothing = method("exit 0", List.of());
        assertThatThrownBy(() -> Cloning.byCommand(nothing, data(), Optional.of(SYSTEM)))
                .hasMessageContaining("left no usable data directory");
        assertThat(data().inspect()).isInstanceOf(LocalPostgres.UnfinishedClone.class);
        data().delete();
        assertThat(data().inspect()).isInstanceOf(LocalPostgres.NoDataDirectory.class);
    }

    @Test
    void whatIsMovedAsideLeavesNoMarkBehind() throws IOException {
        Files.writeString(Files.createDirectory(dir.resolve("data")).resolve("old"), "");
        data().beginMakingInPlace(Making.CLONE);
        assertThat(data().inspect()).isInstanceOf(LocalPostgres.UnfinishedClone.class);
        Path aside = data().moveAside("unfinished", 1).directory();
        assertThat(aside.resolve("old")).exists();
        assertThat(data().inspect()).isInstanceOf(LocalPostgres.NoDataDirectory.class);
    }

    private static long childIn(Path file) {
        await().atMost(PATIENCE)
                .until(() -> Files.exists(file) && Files.readString(file).endsWith("\n"));
        try {
            return Long.parseLong(Files.readString(file).strip());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static boolean isGone(long pid) {
        return ProcessTable.find(pid).filter(ProcessTable.Entry::isAlive).isEmpty();
    }
}
