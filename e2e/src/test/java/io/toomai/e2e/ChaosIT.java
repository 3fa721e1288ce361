package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// `dev/chaos`: nodes with networks of their own under the worst faults, judged by a history of
/// writes. The long form runs by its own command.
class ChaosIT {
    private static final int MINUTES = 15;

    /// Of the store's outage. Who is demoted in it stays so until its end.
    private static final double SECONDS = 60;

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    @Test
    void nothingAcknowledgedIsLostInAShortChaos() throws IOException, InterruptedException {
        chaos("--short");
    }

    /// All members see each other and none of them the store, for sixty seconds, with
    /// `failsafe_mode` on.
    @Test
    void aMinuteWithoutTheStoreDemotesNobody() throws IOException, InterruptedException {
        Path results = folder.resolve("results");
        chaos("--faults", "store-outage", "--json", results.toString());
        JsonNode result =
                new ObjectMapper().readTree(Files.readString(results)).path("results").path(0);
        assertThat(result.path("unknown").asInt(-1)).as("writes that failed").isZero();
        assertThat(result.path("outage_s").asDouble(SECONDS))
                .as("longest time without a write: %s", result)
                .isLessThan(SECONDS / 2);
    }

    private void chaos(String... options) throws IOException, InterruptedException {
        Path verdict = folder.resolve("verdict");
        Path progress = folder.resolve("progress");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of("../dev/chaos").toAbsolutePath().normalize().toString(),
                                "--toomai",
                                Image.operatorCommand().getFirst()));
        command.addAll(List.of(options));
        Process chaos =
                new ProcessBuilder(command)
                        .redirectOutput(verdict.toFile())
                        .redirectError(progress.toFile())
                        .start();
        boolean ended = chaos.waitFor(MINUTES, TimeUnit.MINUTES);
        if (!ended) {
            chaos.destroy(); // it cleans up by itself
            chaos.waitFor(1, TimeUnit.MINUTES);
        }
        String told = Files.readString(progress, StandardCharsets.UTF_8);
        assertThat(ended).as(told).isTrue();
        List<String> lines = Files.readAllLines(verdict);
        String last = lines.isEmpty() ? "" : lines.getLast();
        assumeFalse(last.startsWith("chaos: skipped"), last);
        assertThat(last).as(told + String.join("\n", lines)).startsWith("chaos: passed");
        assertThat(chaos.exitValue()).isZero();
    }
}
