package io.toomai.postgres.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.model.MemberName;
import io.toomai.postgres.Endpoint;
import io.toomai.postgres.Login;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConninfoTest {
    @Test
    void whatIsWrittenIsReadBack() {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("host", "pg1");
        values.put("application_name", "it's a \\ name");
        values.put("options", "");
        String text = new Conninfo(values).text();
        assertThat(text).isEqualTo("host=pg1 application_name='it\\'s a \\\\ name' options=''");
        assertThat(Conninfo.parse(text).values()).isEqualTo(values);
    }

    @Test
    void readsWhatOthersWrite() {
        assertThat(Conninfo.parse("  host = 'a b'  port=1\\ 2 x").values())
                .isEqualTo(Map.of("host", "a b", "port", "1 2"));
        assertThat(Conninfo.parse("").values()).isEmpty();
        assertThat(Conninfo.parse("host='unended").value("host")).contains("unended");
    }

    @Test
    void primaryConninfoNamesThePasswordFileNotThePassword() {
        String text =
                PrimaryConninfo.of(
                                List.of(new Endpoint("10.0.0.1", 5433)),
                                Login.of("rep", "secret"),
                                new PrimaryConninfo.Standby(
                                        new MemberName("pg 1"), "/var/pgpass", "app", 17))
                        .text();
        assertThat(text)
                .isEqualTo(
                        "user=rep host=10.0.0.1 port=5433 sslmode=prefer gssencmode=prefer"
                                + " channel_binding=prefer passfile=/var/pgpass"
                                + " application_name='pg 1' dbname=app");
    }

    @Test
    void passwordFileLinesAreEscaped() {
        assertThat(
                        Pgpass.lines(
                                List.of(new Endpoint("::1", 1), new Endpoint("/run/pg", 2)),
                                Login.of("a:b", "c\\d")))
                .isEqualTo("\\:\\:1:1:*:a\\:b:c\\\\d\nlocalhost:2:*:a\\:b:c\\\\d\n");
    }
}
