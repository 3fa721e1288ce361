package io.toomai.settings.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.settings.text.SettingsException.Code;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class YamlTextTest {
    @Test
    void aConfigurationLooksAsPatroniShowsIt() {
        String json =
                """
                {"ttl": 30, "loop_wait": 10, "postgresql": {"use_pg_rewind": true,
                 "parameters": {"max_connections": "100", "wal_level": "replica", "x": "on"},
                 "pg_hba": ["host all all 0.0.0.0/0 md5", {"a": 1, "b": [2, 3]}, [4]]},
                 "slots": {}, "ignore_slots": [], "note": "a: b", "none": null, "real": 0.5}
                """;
        String yaml =
                """
                ignore_slots: []
                loop_wait: 10
                none: null
                note: 'a: b'
                postgresql:
                  parameters:
                    max_connections: '100'
                    wal_level: replica
                    x: 'on'
                  pg_hba:
                  - host all all 0.0.0.0/0 md5
                  - a: 1
                    b:
                    - 2
                    - 3
                  - - 4
                  use_pg_rewind: true
                real: 0.5
                slots: {}
                ttl: 30
                """;
        assertThat(YamlText.fromJson(json)).isEqualTo(yaml);
        assertThat(YamlText.fromJson(YamlText.toJson(yaml))).isEqualTo(yaml);
        assertThat(YamlText.fromJson("{}")).isEqualTo("{}\n");
        assertThat(YamlText.toJson("")).isEqualTo("{}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " a",
                "a ",
                "on",
                "1",
                "1.5",
                "null",
                "~",
                "- a",
                "-",
                "-a",
                "? a",
                "a: b",
                "a:",
                "a #b",
                "#a",
                "{a}",
                "[a]",
                "&a",
                "*a",
                "!a",
                "|",
                ">",
                "'a'",
                "\"a\"",
                "%a",
                "@a",
                "`a",
                "it's",
                "a\nb",
                "a\tb",
                "2024-01-02",
                "0x1f",
                "010",
                "1_000",
                "=",
                "<<",
                "---",
                "a\\b",
                "ü",
                ",a",
                "cp /x/%f %p",
                "a:b",
                "..."
            })
    void everyTextSurvivesTheRoundTrip(String text) {
        Tree.Scalar scalar = new Tree.Scalar(Position.NOWHERE, Tree.Kind.TEXT, text);
        String json =
                "{\"k\":" + JsonText.write(scalar) + ",\"l\":[" + JsonText.write(scalar) + "]}";
        assertThat(YamlText.toJson(YamlText.fromJson(json))).isEqualTo(json);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    yes | true
                    Off | false
                    "on" | "on"
                    y | "y"
                    0x1F | 31
                    0640 | 416
                    1_000 | 1000
                    +5 | 5
                    -5 | -5
                    1.50 | 1.5
                    1e3 | "1e3"
                    ~ | null
                    12:30:45 | "12:30:45"
                    09 | "09"
                    """)
    void plainWordsMeanWhatTheyMeanToPatroni(String yaml, String json) {
        assertThat(YamlText.toJson("k: " + yaml)).isEqualTo("{\"k\":" + json + "}");
    }

    @Test
    void anchorsAndMergesAreResolved() {
        assertThat(YamlText.toJson("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc: *x\n"))
                .isEqualTo(
                        "{\"a\":{\"p\":1,\"q\":2},\"b\":{\"q\":3,\"p\":1},\"c\":{\"p\":1,\"q\":2}}");
    }

    @Test
    void anchorsThatMultiplyAreStopped() {
        StringBuilder yaml = new StringBuilder("a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n");
        for (int level = 1; level < 9; level++) {
            String item = "*a" + (level - 1);
            String items = (item + ", ").repeat(9) + item;
            yaml.append("a%d: &a%1$d [%s]\n".formatted(level, items));
        }
        assertThatThrownBy(() -> YamlText.toJson(yaml.toString()))
                .isInstanceOf(SettingsException.class);
    }

    @Test
    void whatIsNotValidIsSaidWithItsLine() {
        assertThatThrownBy(() -> YamlText.toJson("a: 1\nb: [\n"))
                .isInstanceOfSatisfying(
                        SettingsException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.INVALID_YAML))
                .hasMessageStartingWith("YAML:3: not valid YAML");
        assertThatThrownBy(() -> YamlText.toJson("a: 1\na: 2\n")).hasMessageContaining("twice");
        assertThatThrownBy(() -> YamlText.fromJson("{"))
                .isInstanceOfSatisfying(
                        SettingsException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.INVALID_JSON));
    }
}
