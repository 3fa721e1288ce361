package io.toomai.postgres.config;

import io.toomai.postgres.ServerLayout;
import io.toomai.postgres.install.Launch;
import io.toomai.postgres.os.DurableFiles;
import io.toomai.postgres.os.DurableFiles.Change;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// Writes the files that PostgreSQL reads (contract §4.5). Each write is atomic and durable; a file
/// that says already what it shall is not touched, so callers reload only after `CHANGED`. The
/// operator's own files (base file, pg_hba.conf without a list) are left alone.
public final class ConfigurationFiles {
    private static final String WARNING =
            """
            # Toomai writes this file and overwrites what others change here.
            # Change the cluster's configuration instead: toomai edit-config
            """;
    private static final Set<String> RECOVERY_PARAMETERS =
            Set.of(
                    "archive_cleanup_command",
                    "primary_conninfo",
                    "primary_slot_name",
                    "promote_trigger_file",
                    "recovery_end_command",
                    "recovery_min_apply_delay",
                    "recovery_target",
                    "recovery_target_action",
                    "recovery_target_inclusive",
                    "recovery_target_lsn",
                    "recovery_target_name",
                    "recovery_target_time",
                    "recovery_target_timeline",
                    "recovery_target_xid",
                    "restore_command");
    private static final List<String> TARGETS =
            List.of(
                    "recovery_target",
                    "recovery_target_lsn",
                    "recovery_target_name",
                    "recovery_target_time",
                    "recovery_target_xid");

    private final ServerLayout layout;
    private final Launch launch;

    public ConfigurationFiles(ServerLayout layout, Launch launch) {
        this.layout = layout;
        this.launch = launch;
    }

    /// Makes all files say what `configuration` says. `CHANGED` when a reload (or a restart) is
    /// due.
    public Change apply(ServerConfiguration configuration) {
        if (configuration.customConf().isEmpty()) {
            keepBaseFile();
        }
        Change change = DurableFiles.write(layout.mainConfiguration(), mainFile(configuration));
        change =
                writeList("hba_file", "pg_hba.conf", configuration, configuration.hba()).or(change);
        change =
                writeList("ident_file", "pg_ident.conf", configuration, configuration.ident())
                        .or(change);
        return recovery(configuration.recovery()).or(change);
    }

    private Change recovery(Recovery wanted) {
        return switch (wanted) {
            case Recovery.AsFound _ -> Change.UNCHANGED;
            case Recovery.None _, Recovery.Standby _, Recovery.Targeted _ ->
                    cleanAutoConf().or(signalFiles(wanted));
        };
    }

    /// The recovery parameters that a restore has left in `postgresql.auto.conf`.
    public SortedMap<String, String> recoveryAsFound() {
        SortedMap<String, String> found = new TreeMap<>();
        autoConfText()
                .ifPresent(text ->
                        text.lines()
                                .filter(line -> RECOVERY_PARAMETERS.contains(parameterOf(line)))
                                .forEach(line -> found.put(parameterOf(line), valueOf(line))));
        return found;
    }

    private static String valueOf(String line) {
        String value = line.strip().substring(parameterOf(line).length()).strip();
        value = value.startsWith("=") ? value.substring(1).strip() : value;
        return value.length() > 1 && value.startsWith("'") && value.endsWith("'")
                ? value.substring(1, value.length() - 1).replace("''", "'")
                : value;
    }

    /// Whether a server with these recovery parameters becomes a primary when recovery ends, rather
    /// than to pause or to stop at its target.
    public static boolean promotes(SortedMap<String, String> recovery) {
        boolean targeted =
                TARGETS.stream().anyMatch(name -> !recovery.getOrDefault(name, "").isEmpty());
        return !targeted || recovery.getOrDefault("recovery_target_action", "").equals("promote");
    }

    private void keepBaseFile() {
        Path base = baseFile();
        if (Files.exists(base)) {
            return;
        }
        if (Files.exists(layout.mainConfiguration())) {
            DurableFiles.rename(layout.mainConfiguration(), base);
        } else {
            DurableFiles.write(base, "");
        }
    }

    private Path baseFile() {
        return layout.configDirectory().resolve(layout.configBaseName() + ".base.conf");
    }

    String mainFile(ServerConfiguration configuration) {
        StringBuilder text = new StringBuilder(WARNING);
        String include =
                configuration.customConf().orElseGet(() -> baseFile().getFileName().toString());
        text.append("include ").append(quoted(include)).append("\n\n");
        SortedMap<String, String> parameters = new TreeMap<>(configuration.parameters());
        // Recovery is told below, and only there.
        parameters.keySet().removeAll(recoveryOnly(configuration.recovery()));
        parameters.putIfAbsent("hba_file", ownFile("pg_hba.conf"));
        parameters.putIfAbsent("ident_file", ownFile("pg_ident.conf"));
        appendAll(text, parameters);
        SortedMap<String, String> recovery = recoveryParameters(configuration.recovery());
        if (!recovery.isEmpty()) {
            text.append("\n# recovery\n");
            appendAll(text, recovery);
        }
        return text.toString();
    }

    private static Set<String> recoveryOnly(Recovery recovery) {
        return switch (recovery) {
            case Recovery.None _, Recovery.AsFound _ -> Set.of();
            case Recovery.Standby standby -> recoveryParameters(standby).keySet();
            case Recovery.Targeted targeted -> recoveryParameters(targeted).keySet();
        };
    }

    static SortedMap<String, String> recoveryParameters(Recovery recovery) {
        return switch (recovery) {
            case Recovery.None _, Recovery.AsFound _ -> new TreeMap<>();
            case Recovery.Targeted(var parameters) -> new TreeMap<>(parameters);
            case Recovery.Standby(var conninfo, var slot, var more) -> {
                SortedMap<String, String> parameters = new TreeMap<>();
                more.forEach((name, value) -> {
                    if (!name.startsWith("recovery_target") && !name.startsWith("primary_")) {
                        parameters.put(name, value);
                    }
                });
                TARGETS.forEach(name -> parameters.put(name, ""));
                parameters.put("recovery_target_timeline", "latest");
                parameters.put("primary_conninfo", conninfo.map(Conninfo::text).orElse(""));
                parameters.put("primary_slot_name", slot.orElse(""));
                yield parameters;
            }
        };
    }

    private static void appendAll(StringBuilder text, SortedMap<String, String> parameters) {
        parameters.forEach((name, value) ->
                text.append(name).append(" = ").append(quoted(value)).append('\n'));
    }

    private String ownFile(String name) {
        return launch.inside(layout.configDirectory().resolve(name));
    }

    /// PostgreSQL's own escapes within quotes; a line cannot go on after its end.
    static String quoted(String value) {
        return "'"
                + value.replace("\\", "\\\\")
                        .replace("'", "''")
                        .replace("\n", "\\n")
                        .replace("\r", "\\r")
                + "'";
    }

    private Change writeList(
            String parameter, String name, ServerConfiguration configuration, List<String> lines) {
        boolean elsewhere =
                Optional.ofNullable(configuration.parameters().get(parameter))
                        .filter(value -> !value.equals(ownFile(name)))
                        .isPresent();
        if (lines.isEmpty() || elsewhere) {
            return Change.UNCHANGED;
        }
        return DurableFiles.write(
                layout.configDirectory().resolve(name), WARNING + String.join("\n", lines) + "\n");
    }

    /// ALTER SYSTEM of long ago must not override where a standby streams from.
    private Change cleanAutoConf() {
        Optional<String> text = autoConfText();
        if (text.isEmpty()) {
            return Change.UNCHANGED;
        }
        StringBuilder kept = new StringBuilder();
        text.get()
                .lines()
                .filter(line -> !RECOVERY_PARAMETERS.contains(parameterOf(line)))
                .forEach(line -> kept.append(line).append('\n'));
        return kept.length() == text.get().length()
                ? Change.UNCHANGED
                : DurableFiles.write(
                        autoConf(), kept.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    /// What ALTER SYSTEM was told is in the encoding of whoever told it: each byte is a character.
    private Optional<String> autoConfText() {
        return DurableFiles.readBytes(autoConf())
                .map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1));
    }

    private Path autoConf() {
        return layout.dataDirectory().resolve("postgresql.auto.conf");
    }

    private static String parameterOf(String line) {
        return line.strip().split("[\\s=]", 2)[0].toLowerCase(Locale.ROOT);
    }

    private Change signalFiles(Recovery recovery) {
        Path standby = layout.dataDirectory().resolve("standby.signal");
        Path targeted = layout.dataDirectory().resolve("recovery.signal");
        return switch (recovery) {
            case Recovery.None _ -> DurableFiles.delete(standby).or(DurableFiles.delete(targeted));
            case Recovery.Standby _ ->
                    DurableFiles.write(standby, "").or(DurableFiles.delete(targeted));
            case Recovery.Targeted _ ->
                    DurableFiles.write(targeted, "").or(DurableFiles.delete(standby));
            case Recovery.AsFound _ -> Change.UNCHANGED;
        };
    }

    /// Copies the files into the data directory as `*.backup`, so that clones of this server have
    /// them even when they live elsewhere. For after a successful start.
    public void saveCopies() {
        for (String name : copied()) {
            DurableFiles.readBytes(layout.configDirectory().resolve(name))
                    .ifPresent(content ->
                            DurableFiles.write(
                                    layout.dataDirectory().resolve(name + ".backup"), content));
        }
    }

    /// After a clone: takes missing files from these copies.
    public void restoreMissing() {
        for (String name : copied()) {
            Path file = layout.configDirectory().resolve(name);
            if (!Files.exists(file)) {
                DurableFiles.readBytes(layout.dataDirectory().resolve(name + ".backup"))
                        .ifPresent(content -> DurableFiles.write(file, content));
            }
        }
    }

    private List<String> copied() {
        return List.of(
                layout.configBaseName() + ".conf",
                layout.configBaseName() + ".base.conf",
                "pg_hba.conf",
                "pg_ident.conf");
    }
}
