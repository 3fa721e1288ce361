package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.model.Secret;
import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Database;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With what servers are logged in to.
class TermsTest {
    private static final Grant NOTHING = new Grant.Nothing();

    private Configuration configuration;

    @BeforeEach
    void read(@TempDir Path directory) throws Exception {
        Path users =
                Files.writeString(
                        directory.resolve("users"), "\"anna\" \"annas\"\n\"carol\" \"\"\n");
        configuration =
                House.load(
                        Files.writeString(
                                directory.resolve("ini"),
                                """
                                [databases]
                                free = host=127.0.0.1 password=entrys
                                forced = host=127.0.0.1 user=anna password=entrys
                                [pgbouncer]
                                unix_socket_dir =
                                auth_file = %s
                                """
                                        .formatted(users)));
    }

    private static Grant password(String text) {
        return new Grant.Password(new Secret(text));
    }

    private Grant credentials(String database, String user, Grant shown) {
        Database entry = Objects.requireNonNull(configuration.settings().databases().get(database));
        return new Terms(entry, configuration, user).credentials(shown);
    }

    @Test
    void aPasswordOfAnEntryWithoutAUserIsForWhomNoOtherIsKnown() {
        assertThat(credentials("free", "carol", NOTHING)).isEqualTo(password("entrys"));
        assertThat(credentials("free", "nobody", NOTHING)).isEqualTo(password("entrys"));
        assertThat(credentials("free", "anna", NOTHING)).isEqualTo(password("annas"));
        assertThat(credentials("free", "carol", password("carols"))).isEqualTo(password("carols"));
        assertThat(credentials("free", "anna", password("shown"))).isEqualTo(password("shown"));
    }

    @Test
    void aPasswordOfAnEntryWithAUserIsForThatUser() {
        assertThat(credentials("forced", "anna", NOTHING)).isEqualTo(password("entrys"));
        assertThat(credentials("forced", "anna", password("shown"))).isEqualTo(password("entrys"));
        assertThat(credentials("forced", "carol", password("carols")))
                .isEqualTo(password("carols"));
        assertThat(credentials("forced", "carol", NOTHING)).isEqualTo(NOTHING);
    }
}
