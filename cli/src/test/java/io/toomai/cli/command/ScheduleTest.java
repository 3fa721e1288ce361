package io.toomai.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.cli.CliException;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    @Test
    void aTimeThatTheClocksSkipIsRefused() {
        assertThatThrownBy(() -> Schedule.parse("2030-03-31T02:30", ZONE))
                .hasMessage(
                        "There is no 2030-03-31T02:30 in Europe/Berlin: the clocks go from 02:00 to"
                                + " 03:00. Say which time is meant, or give its offset");
        assertThat(Schedule.parse("2030-03-31T01:59", ZONE)).contains("2030-03-31T01:59:00+01:00");
        assertThat(Schedule.parse("2030-03-31T03:00", ZONE)).contains("2030-03-31T03:00:00+02:00");
    }

    @Test
    void aTimeThatComesTwiceIsRefusedWithoutItsOffset() {
        assertThatThrownBy(() -> Schedule.parse("2030-10-27T02:30", ZONE))
                .hasMessage(
                        "2030-10-27T02:30 comes twice in Europe/Berlin, for the clocks go back: say"
                                + " 2030-10-27T02:30+02:00 or 2030-10-27T02:30+01:00");
        assertThat(Schedule.parse("2030-10-27T02:30+01:00", ZONE))
                .contains("2030-10-27T02:30:00+01:00");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tomorrow",
                "2030-13-01T00:00",
                "2030-02-30T00:00",
                "2030-01-01",
                "03:04",
                "2030-01-01T25:00",
                "2030-01-01T00:00+25:00",
                "2030-01-01T00:00 Mars"
            })
    void whatIsNoTimeIsRefused(String text) {
        assertThatThrownBy(() -> Schedule.parse(text, ZONE))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("Unable to parse scheduled timestamp (" + text + ")");
    }
}
