package io.toomai.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootNumberTest {
    private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");

    @TempDir Path directory;

    @Test
    void itGrowsWithEachStartEvenWhenTheClockIsSetBack() throws IOException {
        Path file = directory.resolve("boot");

        long first = BootNumber.next(file, NOON);
        long second = BootNumber.next(file, NOON.minusSeconds(3600));
        long third = BootNumber.next(file, NOON.plusSeconds(1));

        assertThat(first).isEqualTo(NOON.toEpochMilli());
        assertThat(second).isEqualTo(first + 1);
        assertThat(third).isEqualTo(NOON.plusSeconds(1).toEpochMilli());
    }

    @Test
    void aDamagedFileCountsAsNone() throws IOException {
        Path file = directory.resolve("boot");
        Files.writeString(file, "not a number");

        assertThat(BootNumber.next(file, NOON)).isEqualTo(NOON.toEpochMilli());
    }
}
