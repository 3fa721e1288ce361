package io.toomai.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectWordsTest {
    @Test
    void wordsAndQuotes() {
        assertThat(ConnectWords.parse(" host=127.0.0.1  port = 5432 dbname='a b''c' user='' "))
                .containsExactly(
                        java.util.Map.entry("host", "127.0.0.1"),
                        java.util.Map.entry("port", "5432"),
                        java.util.Map.entry("dbname", "a b'c"),
                        java.util.Map.entry("user", ""));
        assertThat(ConnectWords.parse("")).isEmpty();
        assertThat(ConnectWords.parse("auth_query='SELECT a=b FROM x'"))
                .containsEntry("auth_query", "SELECT a=b FROM x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"host", "=x", "ho st=1", "a=1 a=2", "password='secret", "a=1 b"})
    void nonsenseIsRefusedWithoutTheValue(String text) {
        assertThatThrownBy(() -> ConnectWords.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .doesNotContain("secret");
    }
}
