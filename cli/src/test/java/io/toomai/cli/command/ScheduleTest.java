package io.toomai.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneId;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static final ZoneId ZONE = ZoneId.of("Europe/Berlin");

    @Test
    void nowIsNoTime() {
        assertThat(Schedule.parse("now", ZONE)).isEmpty();
        assertThat(Schedule.parse("", ZONE)).isEmpty();
    }

    @Test
    void timesWithoutOffsetAreLocal() {
        assertThat(Schedule.parse("2030-01-02T03:04", ZONE)).contains("2030-01-02T03:04:00+01:00");
        assertThat(Schedule.parse("2030-07-02 03:04:05", ZONE))
                .contains("2030-07-02T03:04:05+02:00");
    }

    @Test
    void offsetsAreKept() {
        assertThat(Schedule.parse("2030-01-02T03:04:05Z", ZONE))
                .contains("2030-01-02T03:04:05+00:00");
        assertThat(Schedule.parse("2030-01-02 03:04:05.25 -03:00", ZONE))
                .contains("2030-01-02T03:04:05.250000-03:00");
    }
}
