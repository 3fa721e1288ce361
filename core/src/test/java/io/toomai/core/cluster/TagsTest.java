package io.toomai.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.model.MemberName;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What tags mean (contract §4.8), also where a stranger has written something else into them: then
/// they mean what they mean to that member, if it is Patroni's.
class TagsTest {
    private static Object value(String text) {
        if (text.startsWith("'")) {
            return text.replace("'", "");
        }
        if (text.equals("true") || text.equals("false")) {
            return text.equals("true");
        }
        return text.contains(".") ? (Object) Double.valueOf(text) : (Object) Long.valueOf(text);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "true, true",
                "false, false",
                "'true', true",
                "'maybe', true",
                "'false', true",
                "'', false",
                "0, false",
                "1, true",
                "0.0, false",
                "0.5, true",
            })
    void flags(String text, boolean expected) {
        for (String name : new String[] {"nofailover", "nosync", "noloadbalance", "clonefrom"}) {
            Tags tags = new Tags(Map.of(name, value(text)));
            boolean told =
                    switch (name) {
                        case "nofailover" -> tags.nofailover();
                        case "nosync" -> tags.nosync();
                        case "noloadbalance" -> tags.noloadbalance();
                        default -> tags.clonefrom();
                    };
            assertThat(told).as("%s: %s", name, text).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {"true, true", "'Yes', true", "'on', true", "'maybe', false", "'off', false"})
    void nostreamAloneReadsWords(String text, boolean expected) {
        assertThat(new Tags(Map.of("nostream", value(text))).nostream()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "5, 5",
                "0, 0",
                "-3, -3",
                "'7', 7",
                "' 7 ', 7",
                "'x', 1",
                "'', 1",
                "'NaN', 1",
                "true, 1",
                "1.6, 2",
                "'1e3', 1000",
                "9223372036854775807, 2147483647",
                "-9223372036854775808, -2147483648",
                "'1e400', 2147483647",
            })
    void priorities(String text, long expected) {
        Tags failover = new Tags(Map.of("failover_priority", value(text)));
        assertThat(failover.failoverPriority()).isEqualTo(expected);
        assertThat(failover.nofailover()).isEqualTo(expected <= 0);
        Tags sync = new Tags(Map.of("sync_priority", value(text)));
        assertThat(sync.syncPriority()).isEqualTo(expected);
        assertThat(sync.nosync()).isEqualTo(expected <= 0);
        assertThat(-sync.syncPriority()).as("can be turned round").isEqualTo(-expected);
    }

    @Test
    void theFlagWinsOverThePriority() {
        Tags never = new Tags(Map.of("nofailover", true, "failover_priority", 5L));
        assertThat(never.nofailover()).isTrue();
        assertThat(never.failoverPriority()).isZero();
        Tags last = new Tags(Map.of("nofailover", false, "failover_priority", 0L));
        assertThat(last.nofailover()).isFalse();
        assertThat(last.failoverPriority()).isZero();
        assertThat(new Tags(Map.of("nosync", true, "sync_priority", 5L)).syncPriority()).isZero();
        assertThat(new Tags(Map.of("nosync", false, "sync_priority", 0L)).nosync()).isFalse();
    }

    @Test
    void replicatefromIsANameOrNothing() {
        assertThat(new Tags(Map.of("replicatefrom", "pg2")).replicatefrom())
                .isEqualTo(Optional.of(new MemberName("pg2")));
        assertThat(new Tags(Map.of("replicatefrom", 5L)).replicatefrom())
                .isEqualTo(Optional.of(new MemberName("5")));
        for (String nobody : new String[] {"", " ", "a/b"}) {
            assertThat(new Tags(Map.of("replicatefrom", nobody)).replicatefrom()).isEmpty();
        }
        assertThat(Tags.NONE.nofailover()).isFalse();
        assertThat(Tags.NONE.failoverPriority()).isOne();
    }
}
