package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The short form of `dev/chaos`: nodes with networks of their own under the worst faults, judged
/// by a history of writes. The long form runs by its own command.
class ChaosIT {
    private static final int MINUTES = 15;

    @Test
    void nothingAcknowledgedIsLostInAShortChaos(@TempDir Path folder)
            throws IOException, InterruptedException {
        Path verdict = folder.resolve("verdict");
        Path progress = folder.resolve("progress");
        Process chaos =
                new ProcessBuilder(
                                Path.of("../dev/chaos").toAbsolutePath().normalize().toString(),
                                "--short",
                                "--toomai",
                                Image.operatorCommand().getFirst())
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
