package io.toomai.settings.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.settings.text.SettingsException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "null",
                "{\"b\":1,\"a\":[true,false,null,\"x\"]}",
                "[1,-0,1.50,1e3,123456789012345678901234567890]",
                "\"\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u007f\\u00e9\\ud83d\\ude00\"",
            })
    void whatIsReadIsWrittenWithTheSameSpelling(String text) {
        assertThat(Json.parse(text).compact()).isEqualTo(text);
    }

    @Test
    void spacedHasABlankAfterCommaAndColon() {
        Json value =
                Json.object()
                        .put("role", "primary")
                        .put("n", Json.texts(Stream.of("a", "b")))
                        .done();

        assertThat(value.spaced()).isEqualTo("{\"role\": \"primary\", \"n\": [\"a\", \"b\"]}");
    }

    @Test
    void ofARepeatedKeyTheLastValueCounts() {
        assertThat(Json.parse("{\"ttl\": 5, \"ttl\": 30}").compact()).isEqualTo("{\"ttl\":30}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "[1",
                "{} {}",
                "{}x",
                "{\"a\" 1}",
                "{'a': 1}",
                "[1,]",
                "{\"a\":1,}",
                "NaN",
                "01",
                "\"\n\"",
                "// no\n1",
                "tru"
            })
    void whatIsNotExactlyOneValueIsRefused(String text) {
        assertThatThrownBy(() -> Json.parse(text))
                .isInstanceOfSatisfying(
                        SettingsException.class,
                        e -> assertThat(e.code()).isEqualTo(SettingsException.Code.INVALID_JSON));
        assertThat(Json.parseObject(text)).isEmpty();
    }

    @Test
    void nestingHasALimit() {
        assertThat(Json.parse("[".repeat(500) + "]".repeat(500)).items()).hasSize(1);
        assertThatThrownBy(() -> Json.parse("[".repeat(501) + "]".repeat(501)))
                .isInstanceOf(SettingsException.class);
    }

    @Test
    void whatIsNotAnObjectIsNone() {
        assertThat(Json.parseObject("{\"a\": 1}")).contains(Json.object().put("a", 1).done());
        assertThat(Json.parseObject("[1]")).isEmpty();
    }

    @Test
    void wholeNumbersFitInto64Bits() {
        assertThat(Json.parse("9223372036854775807").whole()).hasValue(Long.MAX_VALUE);
        assertThat(Json.parse("9223372036854775808").whole()).isEmpty();
        assertThat(Json.parse("1.0").whole()).isEmpty();
        assertThat(Json.parse("1e3").whole()).isEmpty();
        assertThat(Json.parse("\"1\"").whole()).isEmpty();
    }

    @Test
    void javaScalarsComeBack() {
        for (Object value : new Object[] {true, 7L, 1.5, "x", ""}) {
            assertThat(Json.parse(Json.ofPlain(value).compact()).plain()).contains(value);
        }
        assertThat(Json.ofPlain(Double.NaN)).isEqualTo(Json.of("NaN"));
        assertThat(Json.Null.VALUE.plain()).isEmpty();
        assertThat(Json.Obj.EMPTY.plain()).isEmpty();
    }

    @Test
    void whatIsNotThereReadsAsNull() {
        Json value = Json.parse("{\"a\": [\"x\"], \"n\": null, \"t\": \"\"}");

        assertThat(value.at("a").at(0).string()).contains("x");
        assertThat(value.at("a").at(1).isNull()).isTrue();
        assertThat(value.at("b").at("c").isNull()).isTrue();
        assertThat(value.scalarAt("t")).contains("");
        assertThat(value.scalarAt("n")).isEmpty();
        assertThat(value.scalarAt("a")).isEmpty();
    }
}
