package io.toomai.wire;

import io.toomai.core.FreePorts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A real PostgreSQL for tests: its own port and directory, superuser `postgres`, scram on the
/// loopback. Runs as user `postgres` when the test is root.
public final class TestServer implements AutoCloseable {
    public static final String PASSWORD = "s3cret pässword";

    private final Path binaries;
    private final Path data;
    private final int port;

    private TestServer(Path binaries, Path data, int port) {
        this.binaries = binaries;
        this.data = data;
        this.port = port;
    }

    /// The directory named by TOOMAI_TEST_PG_BIN, else Debian's of the lowest major from 15 on.
    public static Optional<Path> binaries() throws IOException {
        String named = System.getenv("TOOMAI_TEST_PG_BIN");
        if (named != null) {
            return Optional.of(Path.of(named));
        }
        Path debian = Path.of("/usr/lib/postgresql");
        if (!Files.isDirectory(debian)) {
            return Optional.empty();
        }
        try (Stream<Path> majors = Files.list(debian)) {
            return majors.filter(path -> path.getFileName().toString().compareTo("15") >= 0)
                    .map(path -> path.resolve("bin"))
                    .filter(path -> Files.isExecutable(path.resolve("postgres")))
                    .sorted()
                    .findFirst();
        }
    }

    /// Makes a new cluster; extra lines go to its postgresql.conf.
    public static TestServer create(Path binaries, Path data, String configuration)
            throws Exception {
        Path password = Files.writeString(data.resolveSibling("password"), PASSWORD);
        giveToPostgres(home(data));
        var server = new TestServer(binaries, data, FreePorts.next());
        server.run(
                "initdb",
                "-D",
                data.toString(),
                "-U",
                "postgres",
                "-A",
                "scram-sha-256",
                "-E",
                "UTF8",
                "--locale=C",
                "--pwfile=" + password);
        Files.writeString(
                data.resolve("postgresql.conf"),
                """
                listen_addresses = '127.0.0.1'
                unix_socket_directories = ''
                fsync = off
                """
                        + configuration,
                StandardOpenOption.APPEND);
        return server;
    }

    /// A server on a directory that is there already, with a port of its own.
    static TestServer on(Path binaries, Path data) throws Exception {
        giveToPostgres(data);
        return new TestServer(binaries, data, FreePorts.next());
    }

    private static Path home(Path data) {
        return java.util.Objects.requireNonNull(data.toAbsolutePath().getParent());
    }

    /// The same, reached by another port: through something that stands before it.
    public TestServer through(int other) {
        return new TestServer(binaries, data, other);
    }

    public int port() {
        return port;
    }

    public Path data() {
        return data;
    }

    ConnectOptions options() {
        return ConnectOptions.to("127.0.0.1", port, new Credentials("postgres", PASSWORD));
    }

    public void start() throws IOException {
        run(
                "pg_ctl",
                "-D",
                data.toString(),
                "-l",
                data.resolveSibling(data.getFileName() + ".log").toString(),
                "-o",
                "-p " + port,
                "-w",
                "-t",
                "60",
                "start");
    }

    public String sql(String command) throws IOException {
        return run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", command);
    }

    public String run(String program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(asPostgres());
        command.add(binaries.resolve(program).toString());
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.directory(home(data).toFile());
        Path output = Files.createTempFile("toomai-wire", ".out");
        builder.redirectOutput(output.toFile());
        builder.environment().put("PGPASSWORD", PASSWORD);
        builder.environment().put("PGHOST", "127.0.0.1");
        builder.environment().put("PGPORT", Integer.toString(port));
        builder.environment().put("PGUSER", "postgres");
        builder.environment().put("PGDATABASE", "postgres");
        Process process = builder.start();
        boolean ended = ended(process);
        String text = Files.readString(output, StandardCharsets.UTF_8);
        Files.delete(output);
        if (!ended || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new AssertionError(String.join(" ", command) + " failed: " + text + log());
        }
        return text.strip();
    }

    private static boolean ended(Process process) {
        try {
            return process.waitFor(90, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        if (Files.exists(data.resolve("postmaster.pid"))) {
            run("pg_ctl", "-D", data.toString(), "-m", "immediate", "-w", "stop");
        }
    }

    private String log() throws IOException {
        Path log = data.resolveSibling(data.getFileName() + ".log");
        return Files.exists(log) ? "\n" + Files.readString(log) : "";
    }

    static void giveToPostgres(Path path) throws Exception {
        if (root()) {
            exec("chown", "-R", "-h", "postgres:postgres", path.toString());
        }
    }

    static void exec(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError(String.join(" ", command) + " failed: " + text);
        }
    }

    private static List<String> asPostgres() {
        return root()
                ? List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups")
                : List.of();
    }

    private static boolean root() {
        return "root".equals(System.getProperty("user.name"));
    }
}
