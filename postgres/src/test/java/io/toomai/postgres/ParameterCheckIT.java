package io.toomai.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.postgres.config.ParameterCheck;
import io.toomai.postgres.config.ParameterVerdict;
import io.toomai.postgres.config.ParameterVerdict.Clamped;
import io.toomai.postgres.config.ParameterVerdict.Dropped;
import io.toomai.postgres.config.ParameterVerdict.Taken;
import io.toomai.postgres.install.PostgresInstall;
import io.toomai.postgres.install.Tool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What every PostgreSQL that is here says of parameters.
class ParameterCheckIT {
    private final List<Path> directories = new ArrayList<>();

    static List<TestHost> hosts() {
        return TestHost.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void eachParameterGetsItsVerdict(TestHost host) {
        ParameterCheck check = new ParameterCheck(host.install(), newDirectory(host));
        SortedMap<String, ParameterVerdict> verdicts =
                check.check(
                        new TreeMap<>(
                                Map.ofEntries(
                                        Map.entry("shared_buffers", "1"),
                                        Map.entry("max_connections", "99999999"),
                                        Map.entry("checkpoint_completion_target", "7"),
                                        Map.entry("work_mem", "-5MB"),
                                        Map.entry("wal_level", "most"),
                                        Map.entry("max_wal_size", "99999999999TB"),
                                        Map.entry("shared_bufers", "1GB"),
                                        Map.entry("include", "/etc/passwd"),
                                        Map.entry("a-b", "x"),
                                        Map.entry("x = 1\nfsync", "off"),
                                        Map.entry("9x.y", "1"),
                                        Map.entry("my_extension.setting", "it's \\ anything"),
                                        Map.entry("zero_damaged_pages", "on"),
                                        Map.entry("archive_command", "cp '%p' \"/a/%f\""),
                                        Map.entry("Fsync", "off"))));
        assertThat(verdicts)
                .containsEntry("zero_damaged_pages", new Taken())
                .containsEntry("my_extension.setting", new Taken())
                .containsEntry("archive_command", new Taken())
                .containsEntry("Fsync", new Taken());
        assertThat(clamped(verdicts, "shared_buffers")).isEqualTo("16");
        assertThat(clamped(verdicts, "max_connections")).isEqualTo("262143");
        assertThat(clamped(verdicts, "checkpoint_completion_target")).isEqualTo("1");
        assertThat(clamped(verdicts, "work_mem")).isEqualTo("64");
        assertThat(dropped(verdicts, "wal_level")).contains("minimal, replica, logical");
        assertThat(dropped(verdicts, "max_wal_size")).contains("max_wal_size");
        assertThat(dropped(verdicts, "shared_bufers"))
                .contains(host.install().version(), "did you mean shared_buffers?");
        for (String name : List.of("include", "a-b", "x = 1\nfsync", "9x.y")) {
            assertThat(verdicts.get(name)).as(name).isInstanceOf(Dropped.class);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void whatPostgresCannotBeAskedIsTaken(TestHost host) {
        PostgresInstall gone =
                new PostgresInstall(
                        host.install().major(),
                        host.install().version(),
                        Path.of("/nowhere"),
                        new EnumMap<>(Tool.class),
                        host.install().launch());
        assertThat(
                        new ParameterCheck(gone, newDirectory(host))
                                .check(new TreeMap<>(Map.of("shared_bufers", "1"))))
                .containsEntry("shared_bufers", new Taken());
    }

    @AfterEach
    void leaveNothing() throws IOException {
        for (Path directory : directories) {
            TestHost.remove(directory);
        }
    }

    private Path newDirectory(TestHost host) {
        Path made = host.newDirectory();
        directories.add(made);
        return made;
    }

    private static String clamped(SortedMap<String, ParameterVerdict> verdicts, String name) {
        return Optional.ofNullable(verdicts.get(name))
                .filter(Clamped.class::isInstance)
                .map(v -> ((Clamped) v).value())
                .orElse("not clamped: " + verdicts.get(name));
    }

    private static String dropped(SortedMap<String, ParameterVerdict> verdicts, String name) {
        return Optional.ofNullable(verdicts.get(name))
                .filter(Dropped.class::isInstance)
                .map(v -> ((Dropped) v).reason())
                .orElse("not dropped: " + verdicts.get(name));
    }
}
