package io.toomai.api.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.Heartbeat;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.Serving;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.Timeline;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class HeartbeatLineTest {
    @Test
    void everythingSurvivesTheLine() {
        for (PeerStatus.Standing standing : PeerStatus.Standing.values()) {
            for (PeerStatus.Eligibility eligibility : PeerStatus.Eligibility.values()) {
                Heartbeat full =
                        new Heartbeat(
                                Beats.PG2,
                                standing,
                                new Lsn(0x3_0000_0000L),
                                new Timeline(7),
                                eligibility,
                                3,
                                new TreeSet<>(List.of(Beats.PG1, Beats.PG3)),
                                Optional.of(Beats.PLEDGE),
                                Optional.of(Serving.Trouble.TOO_MANY_CONNECTIONS),
                                Heartbeat.Clients.NONE);
                HeartbeatLine line = Beats.line(1_795_000_000_000L, 12, full);

                assertThat(HeartbeatLine.read(line.write())).contains(line);
                assertThat(line.write()).doesNotContain("\n");
            }
        }
    }

    @Test
    void fieldsOfALaterVersionAreSkippedAndMissingOnesClaimNothing() {
        HeartbeatLine line =
                HeartbeatLine.read(
                                "{\"name\":\"pg2\",\"load\":[1],\"pledge\":{\"leader\":\"pg1\"}}")
                        .orElseThrow();

        assertThat(line.sender()).isEqualTo(new HeartbeatLine.Sender("", 0));
        assertThat(line.count()).isZero();
        assertThat(line.heartbeat())
                .isEqualTo(
                        new Heartbeat(
                                Beats.PG2,
                                PeerStatus.Standing.NOT_RUNNING,
                                Lsn.ZERO,
                                Timeline.UNKNOWN,
                                PeerStatus.Eligibility.NOFAILOVER,
                                0,
                                new TreeSet<>(),
                                Optional.empty(),
                                Optional.empty(),
                                Heartbeat.Clients.NONE));
    }

    @Test
    void garbageIsNoHeartbeat() {
        for (String text :
                List.of(
                        "",
                        "[]",
                        "{",
                        "{\"boot\":1}",
                        "{\"name\":\" \"}",
                        "{\"name\":\"pg2\",\"position\":-1}",
                        "{\"name\":\"pg2\",\"timeline\":-1}",
                        "{\"name\":\"pg2\",\"hears\":[\"a/b\"]}")) {
            assertThat(HeartbeatLine.read(text)).as(text).isEmpty();
        }
    }

    @Test
    void aLaterStartComesAfterEveryLineOfAnEarlierOne() {
        HeartbeatLine early = Beats.line(5, 900, Beats.at(1));
        HeartbeatLine late = Beats.line(6, 1, Beats.at(1));

        assertThat(late.isAfter(early)).isTrue();
        assertThat(early.isAfter(late)).isFalse();
        assertThat(Beats.line(5, 901, Beats.at(1)).isAfter(early)).isTrue();
        assertThat(early.isAfter(early)).isFalse();
    }
}
