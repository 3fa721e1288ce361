package io.toomai.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionUrlTest {
    @ParameterizedTest
    @CsvSource({
        "postgres://10.0.0.1:5433/postgres, 10.0.0.1, 5433",
        "postgres://ann@db.example:1/postgres, db.example, 1",
        "postgres://db.example:65535, db.example, 65535",
        "postgres://[fe80::1]:5433/postgres, fe80::1, 5433",
        "postgres://[fe80::1]/postgres, fe80::1, 5432",
        "postgres://db.example/postgres, db.example, 5432",
        "postgres://db.example:/postgres, db.example, 5432"
    })
    void hostAndPortAreRead(String text, String host, int port) {
        ConnectionUrl url = new ConnectionUrl(text);
        assertThat(url.host()).isEqualTo(host);
        assertThat(url.port()).isEqualTo(port);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "postgres://db.example:0/postgres",
                "postgres://db.example:65536/postgres",
                "postgres://db.example:99999999999/postgres",
                "postgres://db.example:-1/postgres",
                "postgres://db.example:abc/postgres",
                "postgres://[fe80::1]:70000/postgres"
            })
    void aUrlWithoutAPortThatCouldBeOneCannotBeRead(String text) {
        assertThat(new ConnectionUrl(text).host()).isEmpty();
        assertThat(new ConnectionUrl(text).port()).isEqualTo(5432);
    }
}
