package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.settings.ConfigPatch.Applied;
import io.toomai.settings.ConfigPatch.Change;
import io.toomai.settings.ConfigPatch.Refused;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigPatchTest {
    private static final String CURRENT =
            "{\"ttl\":30,\"postgresql\":{\"parameters\":{\"a\":\"1\",\"b\":2},\"pg_hba\":[\"x\"]},"
                    + "\"mine\":{\"k\":1}}";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"ttl":20} | {"ttl":20,"postgresql":{"parameters":{"a":"1","b":2},"pg_hba":["x"]},"mine":{"k":1}} | CHANGED
                    {"mine":null} | {"ttl":30,"postgresql":{"parameters":{"a":"1","b":2},"pg_hba":["x"]}} | CHANGED
                    {"postgresql":{"parameters":{"b":null,"c":true},"pg_hba":["y"]}} | {"ttl":30,"postgresql":{"parameters":{"a":"1","c":true},"pg_hba":["y"]},"mine":{"k":1}} | CHANGED
                    {"mine":5} | {"ttl":30,"postgresql":{"parameters":{"a":"1","b":2},"pg_hba":["x"]},"mine":5} | CHANGED
                    {"ttl":"30","postgresql":{"parameters":{"a":1}},"none":null} | {"ttl":30,"postgresql":{"parameters":{"a":"1","b":2},"pg_hba":["x"]},"mine":{"k":1}} | NONE
                    {} | {"ttl":30,"postgresql":{"parameters":{"a":"1","b":2},"pg_hba":["x"]},"mine":{"k":1}} | NONE
                    """)
    void aPatchMerges(String patch, String expected, Change change) {
        Applied applied = (Applied) ConfigPatch.patch(CURRENT, patch);
        assertThat(applied.json()).isEqualTo(expected);
        assertThat(applied.change()).isEqualTo(change);
    }

    @Test
    void aNewMappingKeepsNoNulls() {
        Applied applied =
                (Applied) ConfigPatch.patch("{}", "{\"standby_cluster\":{\"host\":null}}");
        assertThat(applied.json()).isEqualTo("{\"standby_cluster\":{}}");
    }

    @Test
    void wrongValuesAreRefused() {
        Refused refused = (Refused) ConfigPatch.patch(CURRENT, "{\"ttl\":\"x\"}");
        assertThat(refused.problems())
                .extracting(Problem::toString)
                .containsExactly("request:1: ttl: expected seconds, found 'x'");
        for (String bad : List.of("", "[]", "{\"a\":", "5")) {
            assertThat(ConfigPatch.patch(CURRENT, bad)).isInstanceOf(Refused.class);
            assertThat(ConfigPatch.put(CURRENT, bad)).isInstanceOf(Refused.class);
        }
        assertThat(ConfigPatch.patch("{\"ttl\":", "{}")).isInstanceOf(Refused.class);
    }

    @Test
    void mistypedKeysAreAcceptedWithAWarning() {
        Applied applied = (Applied) ConfigPatch.patch("{}", "{\"maximum_lag_on_failovr\":1}");
        assertThat(applied.warnings())
                .extracting(Warning::message)
                .containsExactly(
                        "is not a setting; did you mean maximum_lag_on_failover?; it is ignored");
    }

    @Test
    void aWholeDocumentReplaces() {
        Applied applied = (Applied) ConfigPatch.put(CURRENT, "{\"loop_wait\":5}");
        assertThat(applied.json()).isEqualTo("{\"loop_wait\":5}");
        assertThat(applied.change()).isEqualTo(Change.CHANGED);
        assertThat(((Applied) ConfigPatch.put(CURRENT, CURRENT)).change()).isEqualTo(Change.NONE);
    }
}
