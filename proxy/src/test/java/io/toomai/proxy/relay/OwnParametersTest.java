package io.toomai.proxy.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OwnParametersTest {
    private static boolean seenIn(String text) {
        ByteBuf in = Unpooled.copiedBuffer("x" + text + "x", StandardCharsets.UTF_8);
        return OwnParameters.mayBeSetIn(in, 1, in.readableBytes() - 2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SET my.x = 1",
                "set\tSESSION\n my . x to 2",
                "SET\"my\".x=1",
                "SELECT 1; /* SET */ SET/* a /* b */ c */my.x = 1",
                "SET -- here\n my.x = 1",
                "SELECT set_config('my.x', '1', false)",
                "SELECT pg_catalog.SET_CONFIG ($1, $2, false)",
                "SELECT \"set_config\"('my.x', '1', false)",
                "DO $$ BEGIN PERFORM set_config(name, '1', false); END $$",
                "SELECT set_config('my.'",
                "SELECT set_config('my' || '.x', '1', false)",
                "SET \"my.x\" = 1",
                "SET U&\"my\\002ex\" = 1",
                "DO $$ BEGIN EXECUTE format('SET %I = 1', name); END $$",
                "DO $$ BEGIN EXECUTE 'SET ' || name || ' = 1'; END $$"
            })
    void isSeen(String text) {
        assertThat(seenIn(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SET statement_timeout = '5s'",
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
                "UPDATE t SET n = t.m WHERE t.n = 1",
                "SELECT set_config('search_path', '', false)",
                "SELECT offset.x FROM offset",
                "SELECT reset.x, t.set FROM reset",
                "SET",
                "SET /* SET",
                "SET \"x",
                "SET \"TimeZone\" = 'UTC'",
                "UPDATE t SET (a, b) = (1, 2) WHERE c = 'a set'",
                ""
            })
    void isNotThere(String text) {
        assertThat(seenIn(text)).isFalse();
    }
}
