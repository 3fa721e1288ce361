package io.toomai.agent.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.settings.LoadResult;
import io.toomai.settings.LogSettings;
import io.toomai.settings.SettingsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// What stands in the file of the log for each way to ask for it.
class LogSetupTest {
    @TempDir Path dir;

    @AfterEach
    void asBefore() {
        LogSetup.apply(settings(""));
    }

    @Test
    void linesLookAsAsked() throws IOException {
        String lines =
                logged("format: '%(levelname)-8s|%(name)s|100%% (%(message)s)', dateformat: '%Y'");
        assertThat(lines)
                .isEqualTo("WARNING |one.two|100% (hello {x})\nERROR   |one.two|100% (failed)\n");
    }

    @Test
    void linesLookAsEverWhereNothingIsAsked() throws IOException {
        assertThat(logged("").lines().findFirst().orElseThrow())
                .matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]{12}Z WARN  two: hello \\{x}");
    }

    @Test
    void timesFollowTheFormat() throws IOException {
        assertThat(
                        logged(
                                        "format: '%(asctime)s %(message)s', dateformat: '%d/%b/%Y"
                                                + " at %H:%M'")
                                .lines()
                                .findFirst()
                                .orElseThrow())
                .matches("\\d\\d/\\w{3}/\\d{4} at \\d\\d:\\d\\d hello \\{x}");
    }

    @Test
    void jsonHasPatronisNames() throws IOException {
        assertThat(logged("type: json, static_fields: {app: a}, dateformat: x").lines())
                .containsExactly(
                        "{\"asctime\":\"x\",\"levelname\":\"WARNING\",\"message\":\"hello"
                                + " {x}\",\"app\":\"a\"}",
                        "{\"asctime\":\"x\",\"levelname\":\"ERROR\",\"message\":\"failed\","
                                + "\"app\":\"a\"}");
        assertThat(logged("type: json, format: [message, {levelname: severity}]").lines())
                .contains("{\"message\":\"failed\",\"severity\":\"ERROR\"}");
    }

    @Test
    void stackTracesAreShownWhileTheLevelIsNotAboveTheirs() throws IOException {
        LogSetup.apply(settings("dir: " + dir));
        LoggerFactory.getLogger("x").error("shown", new IllegalStateException("why"));
        LogSetup.apply(settings("traceback_level: DEBUG, dir: " + dir));
        LoggerFactory.getLogger("x").error("hidden", new IllegalArgumentException("why"));
        LogSetup.close();
        assertThat(Files.readString(dir.resolve("patroni.log")))
                .contains("IllegalStateException", "hidden")
                .doesNotContain("IllegalArgumentException");
    }

    @Test
    void theFileHasItsModeAlsoWhenRotated() throws IOException {
        LogSetup.apply(settings("dir: %s, mode: 0604, file_size: 200, file_num: 2".formatted(dir)));
        for (int i = 0; i < 40; i++) {
            LoggerFactory.getLogger("x").error("some words that fill the file quickly {}", i);
        }
        LogSetup.close();
        for (String name : new String[] {"patroni.log"}) {
            assertThat(Files.getPosixFilePermissions(dir.resolve(name)))
                    .isEqualTo(PosixFilePermissions.fromString("rw----r--"));
        }
        assertThat(dir.resolve("patroni.log.3")).doesNotExist();
    }

    private String logged(String more) throws IOException {
        LogSetup.apply(settings(more + (more.isEmpty() ? "" : ", ") + "dir: " + dir));
        LoggerFactory.getLogger("one.two").debug("not at this level");
        LoggerFactory.getLogger("one.two").warn("hello {}", "{x}");
        LoggerFactory.getLogger("one.two").error("failed");
        LogSetup.close();
        Path file = dir.resolve("patroni.log");
        String text = Files.readString(file);
        Files.delete(file);
        return text;
    }

    private static LogSettings settings(String log) {
        String yaml =
                """
                scope: s
                name: n
                restapi: {listen: '127.0.0.1:8008'}
                etcd3: {host: '127.0.0.1:2379'}
                postgresql:
                  listen: 127.0.0.1:5432
                  data_dir: /data
                  authentication: {replication: {username: r}}
                log: {%s}
                """
                        .formatted(log);
        return switch (SettingsFile.parse(yaml, "test", Map.of())) {
            case LoadResult.Loaded(var settings, _) -> settings.log();
            case LoadResult.Rejected rejected -> throw new AssertionError(rejected.problems());
        };
    }
}
