package io.toomai.postgres.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.postgres.ServerLayout;
import io.toomai.postgres.install.Launch;
import io.toomai.postgres.os.DurableFiles.Change;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationFilesTest {
    @TempDir Path directory;
    private ConfigurationFiles files = newFiles(Path.of("unset"));

    @BeforeEach
    void prepare() throws IOException {
        files = newFiles(directory);
        Files.writeString(directory.resolve("postgresql.conf"), "operator = 'own'\n");
    }

    private static ConfigurationFiles newFiles(Path directory) {
        return new ConfigurationFiles(
                ServerLayout.of(directory, directory.resolve("pgpass"), directory.resolve("log")),
                Launch.DIRECT);
    }

    private static ServerConfiguration configuration(Recovery recovery, Map<String, String> more) {
        TreeMap<String, String> parameters = new TreeMap<>(more);
        parameters.put("archive_command", "cp '%p' a\\b");
        return new ServerConfiguration(
                parameters, List.of("local all all peer"), List.of(), Optional.empty(), recovery);
    }

    @Test
    void theFirstRunKeepsTheOperatorsFileAndTheSecondChangesNothing() throws IOException {
        ServerConfiguration wanted = configuration(new Recovery.None(), Map.of());
        assertThat(files.apply(wanted)).isEqualTo(Change.CHANGED);
        assertThat(files.apply(wanted)).isEqualTo(Change.UNCHANGED);
        assertThat(directory.resolve("postgresql.base.conf")).hasContent("operator = 'own'");
        List<String> lines = Files.readAllLines(directory.resolve("postgresql.conf"));
        assertThat(lines.subList(0, 2)).allMatch(line -> line.startsWith("# "));
        assertThat(lines)
                .contains(
                        "include 'postgresql.base.conf'",
                        "archive_command = 'cp ''%p'' a\\\\b'",
                        "hba_file = '" + directory + "/pg_hba.conf'");
        assertThat(Files.readString(directory.resolve("pg_hba.conf")))
                .endsWith("local all all peer\n");
        assertThat(directory.resolve("pg_ident.conf")).doesNotExist();
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(
                                        directory.resolve("postgresql.conf"))))
                .isEqualTo("rw-------");
    }

    @Test
    void aStandbysRecoveryIsToldOnceAndAlterSystemCannotOverrideIt() throws IOException {
        Files.writeString(
                directory.resolve("postgresql.auto.conf"),
                "work_mem = '1MB'\nprimary_conninfo = 'host=old'\n");
        Recovery standby =
                new Recovery.Standby(
                        Optional.of(new Conninfo(Map.of("host", "pg1"))),
                        Optional.of("pg2"),
                        new TreeMap<>(
                                Map.of("restore_command", "get", "recovery_target_name", "x")));
        files.apply(configuration(standby, Map.of("restore_command", "other")));
        String text = Files.readString(directory.resolve("postgresql.conf"));
        assertThat(text)
                .containsOnlyOnce("restore_command")
                .contains(
                        "restore_command = 'get'",
                        "primary_conninfo = 'host=pg1'",
                        "primary_slot_name = 'pg2'",
                        "recovery_target_timeline = 'latest'",
                        "recovery_target_name = ''");
        assertThat(directory.resolve("standby.signal")).exists();
        assertThat(directory.resolve("postgresql.auto.conf")).hasContent("work_mem = '1MB'");

        assertThat(files.apply(configuration(new Recovery.None(), Map.of())))
                .isEqualTo(Change.CHANGED);
        assertThat(directory.resolve("standby.signal")).doesNotExist();
    }

    private static final Recovery FOLLOWING =
            new Recovery.Standby(
                    Optional.of(new Conninfo(Map.of("host", "pg1"))),
                    Optional.of("pg2"),
                    new TreeMap<>());

    @Test
    void recoveryIsFoundHoweverSomebodyHasWrittenIt() throws IOException {
        Files.writeString(
                directory.resolve("postgresql.auto.conf"),
                """
                # primary_conninfo = 'a remark'
                  primary_conninfo\t= 'host=old'
                PRIMARY_SLOT_NAME='old'
                restore_command 'false'
                \twork_mem = '1MB'
                """);
        assertThat(files.recoveryAsFound())
                .containsEntry("restore_command", "false")
                .containsEntry("primary_conninfo", "host=old");
        files.apply(configuration(FOLLOWING, Map.of()));
        assertThat(directory.resolve("postgresql.auto.conf"))
                .hasContent("# primary_conninfo = 'a remark'\n\twork_mem = '1MB'\n");
    }

    /// Files of long ago are in Latin-1, say; they are copied and cleaned as they are.
    @Test
    void filesMayBeInAnyEncoding() throws IOException {
        byte[] latin = "# Größe\nlog_line_prefix = 'ö'\n".getBytes(StandardCharsets.ISO_8859_1);
        byte[] override =
                "primary_conninfo = 'host=ö'\nlog_line_prefix = 'ö'\n"
                        .getBytes(StandardCharsets.ISO_8859_1);
        Files.write(directory.resolve("postgresql.conf"), latin);
        Files.write(directory.resolve("postgresql.auto.conf"), override);
        files.apply(configuration(FOLLOWING, Map.of()));
        assertThat(directory.resolve("postgresql.base.conf")).hasBinaryContent(latin);
        assertThat(directory.resolve("postgresql.auto.conf"))
                .hasBinaryContent("log_line_prefix = 'ö'\n".getBytes(StandardCharsets.ISO_8859_1));
        files.saveCopies();
        Files.delete(directory.resolve("postgresql.base.conf"));
        files.restoreMissing();
        assertThat(directory.resolve("postgresql.base.conf")).hasBinaryContent(latin);
    }

    @Test
    void anHbaFileElsewhereIsTheOperators() {
        files.apply(configuration(new Recovery.None(), Map.of("hba_file", "/etc/my_hba.conf")));
        assertThat(directory.resolve("pg_hba.conf")).doesNotExist();
    }
}
