package io.toomai.agent.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.model.Secret;
import io.toomai.postgres.Login;
import io.toomai.settings.LoadResult;
import io.toomai.settings.PostgresSettings;
import io.toomai.settings.SettingsFile;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Passwords may be rotated while the agent runs; a password never meets another user than its own.
class LoginsTest {
    private static PostgresSettings settings(String authentication) {
        String text =
                """
                scope: s
                name: pg1
                restapi: {listen: '127.0.0.1:1'}
                postgresql:
                  listen: 127.0.0.1:2
                  data_dir: /data
                  authentication: {%s}
                toomai: {store: {voters: ['1@127.0.0.1:2:3:4']}}
                """
                        .formatted(authentication);
        if (SettingsFile.parse(text, "test", Map.of()) instanceof LoadResult.Loaded(var read, _)) {
            return read.postgresql();
        }
        throw new AssertionError(SettingsFile.parse(text, "test", Map.of()));
    }

    private static PostgresSettings passwords(String superuser, String replication, String rewind) {
        return settings(
                """
                superuser: {username: boss, password: %s}, \
                replication: {username: rep, password: %s}, \
                rewind: {username: rew, password: %s}\
                """
                        .formatted(superuser, replication, rewind));
    }

    private static String password(Login login) {
        return login.password().map(Secret::reveal).orElse("none");
    }

    @Test
    void aFileThatIsReadAgainReplacesThePasswordsOfAllThree() {
        Logins logins = new Logins(passwords("a", "b", "c"));
        Login kept = logins.users().superuser();
        assertThat(password(kept)).isEqualTo("a");

        logins.reread(passwords("x", "y", "z"));
        assertThat(password(kept)).isEqualTo("x");
        assertThat(password(logins.users().replication())).isEqualTo("y");
        assertThat(password(logins.users().rewind())).isEqualTo("z");
        assertThat(kept.toString() + logins.users())
                .doesNotContain("x,")
                .doesNotContain("Secret[x");
    }

    @Test
    void thePasswordOfAUserWhoIsNotInForceIsNotTaken() {
        Logins logins = new Logins(passwords("a", "b", "c"));
        logins.reread(
                settings(
                        """
                        superuser: {username: chief, password: x}, \
                        replication: {username: rep, password: y}\
                        """));
        assertThat(logins.users().superuser().user()).isEqualTo("boss");
        assertThat(password(logins.users().superuser())).isEqualTo("a");
        assertThat(password(logins.users().replication())).isEqualTo("y");
        assertThat(password(logins.users().rewind())).as("now the superuser's").isEqualTo("c");
    }

    @Test
    void aPasswordMayGoAndCome() {
        Logins logins = new Logins(passwords("a", "b", "c"));
        logins.reread(
                settings("superuser: {username: boss}, replication: {username: rep, password: b}"));
        assertThat(password(logins.users().superuser())).isEqualTo("none");
        logins.reread(passwords("d", "b", "c"));
        assertThat(password(logins.users().superuser())).isEqualTo("d");
    }
}
