package io.toomai.cli.demo;

import io.toomai.cli.demo.DemoPlan.Programs;
import io.toomai.cli.demo.DemoPlan.Rejoin;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Finds PostgreSQL's programs on this machine.
final class PostgresPrograms {
    private static final List<String> SERVER = List.of("postgres", "initdb", "pg_ctl");
    private static final List<String> ALL =
            List.of(
                    "postgres",
                    "initdb",
                    "pg_ctl",
                    "pg_controldata",
                    "pg_basebackup",
                    "pg_isready",
                    "pg_rewind");
    private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) (\\d+)(?:\\.(\\d+))?");

    private PostgresPrograms() {}

    /// The newest installation that has all programs.
    static Optional<Programs> newest(Map<String, String> environment) {
        return folders(environment).stream()
                .distinct()
                .filter(folder -> has(folder, ALL))
                .flatMap(folder -> programs(folder).stream())
                .max(Comparator.comparingInt(programs -> number(programs.version())));
    }

    /// The programs in that folder.
    ///
    /// @throws DemoException NO_POSTGRES when it has none
    static Programs in(Path folder) {
        if (!has(folder, SERVER)) {
            throw new DemoException(
                    DemoException.Code.NO_POSTGRES,
                    folder + " has no " + String.join(", ", SERVER) + "; name a folder that has");
        }
        return programs(folder)
                .orElseThrow(() ->
                        new DemoException(
                                DemoException.Code.NO_POSTGRES,
                                folder.resolve("postgres") + " does not run here"));
    }

    private static List<Path> folders(Map<String, String> environment) {
        var folders = new ArrayList<Path>();
        for (String pattern :
                List.of(
                        "/usr/lib/postgresql/*/bin",
                        "/usr/pgsql-*/bin",
                        "/usr/lib/postgresql*/bin",
                        "/usr/libexec/postgresql*",
                        "/usr/local/pgsql*/bin",
                        "/opt/homebrew/opt/postgresql*/bin",
                        "/usr/local/opt/postgresql*/bin")) {
            folders.addAll(matching(pattern));
        }
        Stream.of(environment.getOrDefault("PATH", "").split(":", -1))
                .filter(text -> !text.isBlank())
                .map(Path::of)
                .forEach(folders::add);
        return folders;
    }

    /// Folders that a pattern with one star names.
    private static List<Path> matching(String pattern) {
        var parts = List.of(pattern.substring(1).split("/", -1));
        List<Path> found = List.of(Path.of("/"));
        for (String part : parts) {
            var next = new ArrayList<Path>();
            for (Path folder : found) {
                try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, part)) {
                    entries.forEach(next::add);
                } catch (IOException _) {
                    // Not readable or not there: nothing to find.
                }
            }
            found = next;
        }
        return found;
    }

    private static boolean has(Path folder, List<String> names) {
        return names.stream().allMatch(name -> Files.isExecutable(folder.resolve(name)));
    }

    private static Optional<Programs> programs(Path folder) {
        Shell.Outcome outcome = Shell.run(10, folder.resolve("postgres").toString(), "--version");
        Matcher matcher = VERSION.matcher(outcome.output());
        if (!outcome.ok() || !matcher.find()) {
            return Optional.empty();
        }
        String minor = matcher.group(2);
        return Optional.of(
                new Programs(
                        folder.toAbsolutePath(),
                        matcher.group(1) + (minor == null ? "" : "." + minor),
                        has(folder, ALL) ? Rejoin.REWIND : Rejoin.CLONE));
    }

    private static int number(String version) {
        String[] parts = version.split("\\.", -1);
        return Integer.parseInt(parts[0]) * 1000
                + (parts.length > 1 ? Integer.parseInt(parts[1]) : 0);
    }
}
