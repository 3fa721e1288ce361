package io.toomai.postgres;

import io.toomai.postgres.install.Launch;
import io.toomai.postgres.install.PostgresBinaries;
import io.toomai.postgres.install.PostgresInstall;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// A real PostgreSQL of this machine, with the words that run it as a user that is not root.
public record TestHost(PostgresInstall install, Path directory, int uid, int gid) {
    private static final Path CHROOT = Path.of("/var/cache/toomai-test/trixie");

    /// All that are here, the system's own first.
    public static List<TestHost> all() {
        List<TestHost> hosts = new ArrayList<>();
        List<Path> binDirs = new ArrayList<>(List.of(Path.of("/usr/lib/postgresql/15/bin")));
        // More installations, such as unpacked embedded binaries.
        String more = System.getenv("TOOMAI_TEST_POSTGRES_BIN");
        if (more != null) {
            binDirs.add(Path.of(more));
        }
        for (Path binDir : binDirs) {
            if (!Files.isExecutable(binDir.resolve("postgres"))) {
                continue;
            }
            boolean root = System.getProperty("user.name").equals("root");
            Launch launch =
                    root
                            ? new Launch(
                                    List.of(
                                            "setpriv",
                                            "--reuid=postgres",
                                            "--regid=postgres",
                                            "--init-groups"),
                                    Path.of("/"))
                            : Launch.DIRECT;
            hosts.add(of(launch, binDir, Path.of("/tmp")));
        }
        Path other = CHROOT.resolve("usr/lib/postgresql/17/bin");
        if (Files.isExecutable(other.resolve("postgres"))) {
            Launch launch =
                    new Launch(
                            List.of("chroot", "--userspec=postgres:postgres", CHROOT.toString()),
                            CHROOT);
            hosts.add(of(launch, other, CHROOT.resolve("tmp")));
        }
        return hosts;
    }

    public static TestHost first() {
        return all().getFirst();
    }

    private static TestHost of(Launch launch, Path binDir, Path directory) {
        try {
            PostgresInstall install = new PostgresBinaries(launch, Map.of()).inspect(binDir);
            Path passwd = launch.root().resolve("etc/passwd");
            String[] entry =
                    Files.readAllLines(passwd).stream()
                            .filter(line -> line.startsWith("postgres:"))
                            .findFirst()
                            .orElseThrow()
                            .split(":", -1);
            return new TestHost(
                    install, directory, Integer.parseInt(entry[2]), Integer.parseInt(entry[3]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A fresh directory that belongs to PostgreSQL's user.
    public Path newDirectory() {
        try {
            Path made = Files.createTempDirectory(directory, "toomai-pg-");
            giveToPostgres(made);
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Removes a folder of [#newDirectory] with all that is in it.
    public static void remove(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }

    public void giveToPostgres(Path path) throws IOException {
        if (System.getProperty("user.name").equals("root")) {
            Files.setAttribute(path, "unix:gid", gid);
            Files.setAttribute(path, "unix:uid", uid);
        }
    }

    @Override
    public String toString() {
        return "PostgreSQL " + install.version();
    }
}
