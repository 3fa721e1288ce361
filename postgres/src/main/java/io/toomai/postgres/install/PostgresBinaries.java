package io.toomai.postgres.install;

import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.os.ChildProcess;
import io.toomai.postgres.os.Program;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds the programs of PostgreSQL and asks them for their version.
public final class PostgresBinaries {
    private static final Logger log = LoggerFactory.getLogger(PostgresBinaries.class);
    public static final int OLDEST = 14;
    public static final int NEWEST = 18;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Pattern VERSION =
            Pattern.compile("PostgreSQL\\) (\\d+)((?:\\.\\d+|devel|beta\\d+|rc\\d+)*)");
    private static final Comparator<PostgresInstall> BEST_FIRST =
            Comparator.comparing(PostgresInstall::isComplete)
                    .thenComparingInt(PostgresInstall::major)
                    .reversed();

    private final Launch launch;
    private final Map<String, String> names;

    /// @param names program → name of the executable where it differs (`postgresql.bin_name`)
    public PostgresBinaries(Launch launch, Map<String, String> names) {
        this.launch = launch;
        this.names = Map.copyOf(names);
    }

    /// What is in a directory.
    ///
    /// @throws PostgresException `BINARIES_MISSING`, `BINARIES_WRONG_VERSION`, `PROGRAM_FAILED`
    public PostgresInstall inspect(Path binDir) {
        Map<Tool, Path> tools = new EnumMap<>(Tool.class);
        for (Tool tool : Tool.values()) {
            Path file = binDir.resolve(names.getOrDefault(tool.fileName(), tool.fileName()));
            if (Files.isExecutable(file)) {
                tools.put(tool, file);
            }
        }
        Path postgres = tools.get(Tool.POSTGRES);
        if (postgres == null) {
            throw new PostgresException(
                    Code.BINARIES_MISSING,
                    "directory "
                            + binDir
                            + " has no executable program postgres; set postgresql.bin_dir to the"
                            + " directory of PostgreSQL's server programs, such as"
                            + " /usr/lib/postgresql/17/bin");
        }
        String said = versionText(postgres);
        Matcher matcher = VERSION.matcher(said);
        if (!matcher.find()) {
            throw new PostgresException(
                    Code.BINARIES_WRONG_VERSION,
                    postgres + " --version said '" + said.strip() + "': not a PostgreSQL server");
        }
        int major = Integer.parseInt(matcher.group(1));
        if (major < OLDEST || major > NEWEST) {
            throw new PostgresException(
                    Code.BINARIES_WRONG_VERSION,
                    postgres
                            + " is PostgreSQL "
                            + major
                            + "; Toomai runs "
                            + OLDEST
                            + " to "
                            + NEWEST);
        }
        return new PostgresInstall(
                major, matcher.group(1) + matcher.group(2), binDir, tools, launch);
    }

    private String versionText(Path postgres) {
        Program.Result result =
                ChildProcess.run(
                        Program.of(launch.command(postgres, List.of("--version")), PATIENCE));
        if (!result.succeeded()) {
            throw new PostgresException(
                    Code.PROGRAM_FAILED, postgres + " --version failed: " + result.explanation());
        }
        return result.output();
    }

    /// The configured directory, else the best installation that matches: complete ones first, then
    /// the newest.
    ///
    /// @param major the version that a data directory asks for; absent = any
    public PostgresInstall find(Optional<Path> configured, Optional<Integer> major) {
        if (configured.isPresent()) {
            return inspect(configured.get());
        }
        List<PostgresInstall> found = search();
        Optional<PostgresInstall> best =
                found.stream()
                        .filter(install -> major.isEmpty() || major.get() == install.major())
                        .findFirst();
        return best.orElseThrow(() ->
                new PostgresException(
                        Code.BINARIES_MISSING,
                        "no installation of PostgreSQL"
                                + major.map(m -> " " + m).orElse("")
                                + " was found in the usual places or in PATH (found: "
                                + found.stream().map(i -> i.binDir().toString()).toList()
                                + "); install it or set postgresql.bin_dir"));
    }

    /// Every usable installation of this host, the best first.
    public List<PostgresInstall> search() {
        List<PostgresInstall> found = new ArrayList<>();
        for (Path directory : usualPlaces()) {
            try {
                found.add(inspect(directory));
            } catch (PostgresException e) {
                // One broken or foreign installation must not hide the others.
                log.debug("not a usable installation: {}", e.getMessage());
            }
        }
        found.sort(BEST_FIRST);
        return found;
    }

    private Set<Path> usualPlaces() {
        Set<Path> places = new LinkedHashSet<>();
        addMatches(places, launch.root().resolve("usr/lib/postgresql"), "*");
        addMatches(places, launch.root().resolve("usr"), "pgsql-*");
        addMatches(places, launch.root().resolve("opt"), "{pgsql,postgresql}*");
        String path = System.getenv("PATH");
        for (String entry : path == null ? new String[0] : path.split(":", -1)) {
            if (entry.startsWith("/")) {
                places.add(launch.root().resolve(entry.substring(1)));
            }
        }
        places.removeIf(place -> !Files.isExecutable(place.resolve("postgres")));
        return places;
    }

    private static void addMatches(Set<Path> places, Path parent, String glob) {
        if (!Files.isDirectory(parent)) {
            return;
        }
        try (DirectoryStream<Path> matches = Files.newDirectoryStream(parent, glob)) {
            matches.forEach(match -> places.add(match.resolve("bin")));
        } catch (IOException e) {
            // A place that cannot be listed holds nothing that could be run.
            log.debug("{} could not be listed: {}", parent, e.toString());
        }
    }
}
