package io.toomai.postgres.create;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.core.model.Secret;
import io.toomai.postgres.Endpoint;
import io.toomai.postgres.Login;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.ServerLayout;
import io.toomai.postgres.install.Launch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ToolLoginTest {
    private static final Endpoint SERVER = new Endpoint("10.0.0.1", 5433);

    @TempDir Path directory;

    private ToolLogin.Tool tool() {
        return new ToolLogin.Tool(
                ServerLayout.of(
                        directory.resolve("data"),
                        directory.resolve("pgpass"),
                        directory.resolve("log")),
                Launch.DIRECT);
    }

    private static Login login(Map<String, String> options) {
        return new Login("rep", Optional.of(new Secret("s3cret")), new TreeMap<>(options));
    }

    @Test
    void secretsAreInFilesOfTheOwnerAloneForAsLongAsTheProgram() throws IOException {
        Login login = login(Map.of("sslkey", "/k", "sslpassword", "key: pass#=\\'"));
        Path service = directory.resolve("pgpass.service");
        Path passwords = directory.resolve("pgpass.tool");
        try (ToolLogin tool = ToolLogin.write(tool(), SERVER, login, "app")) {
            assertThat(tool.conninfo().text())
                    .contains("service=toomai", "sslkey=/k", "dbname=app", "host=10.0.0.1")
                    .doesNotContain("s3cret", "sslpassword", "pass#");
            assertThat(tool.environment())
                    .isEqualTo(
                            Map.of(
                                    "PGPASSFILE", passwords.toString(),
                                    "PGSERVICEFILE", service.toString()));
            assertThat(tool + " " + login).doesNotContain("s3cret", "pass#");
            assertThat(service).hasContent("[toomai]\nsslpassword=key: pass#=\\'\n");
            for (Path file : new Path[] {service, passwords}) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .isEqualTo("rw-------");
            }
        }
        assertThat(service).doesNotExist();
        assertThat(passwords).doesNotExist();
    }

    @Test
    void withoutAKeyPasswordThereIsNoService() {
        try (ToolLogin tool = ToolLogin.write(tool(), SERVER, login(Map.of()), "app")) {
            assertThat(tool.conninfo().value("service")).isEmpty();
            assertThat(tool.environment()).containsOnlyKeys("PGPASSFILE");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"two\nlines", "ends with a space ", "tab\t"})
    void whatAServiceFileCannotHoldIsRefusedWithoutSayingIt(String password) throws IOException {
        Login login = login(Map.of("sslpassword", password));
        assertThatThrownBy(() -> ToolLogin.write(tool(), SERVER, login, "app"))
                .isInstanceOfSatisfying(
                        PostgresException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.FORBIDDEN_OPTION))
                .hasMessageContaining("sslpassword of user rep")
                .message()
                .doesNotContain(password);
        try (var left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aKeyPasswordThatIsTooLongForALineIsRefused() {
        Login login = login(Map.of("sslpassword", "x".repeat(1001)));
        assertThatThrownBy(() -> ToolLogin.write(tool(), SERVER, login, "app"))
                .hasMessageContaining("longer than 1000 bytes");
    }
}
