package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.core.FreePorts;
import io.toomai.wire.TestServer;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The same program with a driver that applications use, once at the server and once through the
/// proxy in transaction mode: it must print the same.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DriversIT {
    private static final Path PROGRAMS = Path.of("src/test/resources/drivers").toAbsolutePath();
    private static final String PYTHON = "/usr/bin/python3";
    private static final String USUAL_NODE = "/var/cache/toomai-test/nodepg/usr/share/nodejs";
    private static final long MINUTES = 3;

    private Path folder;
    private TestServer server;
    private int port;
    private Optional<Process> proxy = Optional.empty();

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        folder = directory;
        Optional<Path> binaries = TestServer.binaries();
        assumeTrue(binaries.isPresent(), "no PostgreSQL here; dev/test gets it");
        Processes.run("chmod", "0755", folder.toString());
        Path home = Files.createDirectory(folder.resolve("server"));
        server = TestServer.create(binaries.get(), home.resolve("data"), "");
        server.start();
        port = FreePorts.next();
        startProxy();
        Waiting.until(
                "the proxy serves",
                TestCluster.LONG,
                () ->
                        server.through(port)
                                .run("psql", "-XAtq", "-d", "postgres", "-c", "select 5")
                                .contains("5"));
    }

    private void startProxy() throws IOException {
        Path own = Files.createDirectory(folder.resolve("proxy"));
        Files.writeString(own.resolve("users"), "\"postgres\" \"" + TestServer.PASSWORD + "\"\n");
        Path ini =
                Files.writeString(
                        own.resolve("pgbouncer.ini"),
                        """
                        [databases]
                        postgres = host=127.0.0.1 port=%1$d
                        [pgbouncer]
                        listen_addr = 127.0.0.1
                        listen_port = %2$d
                        unix_socket_dir =
                        auth_type = scram-sha-256
                        auth_file = %3$s
                        pool_mode = transaction
                        default_pool_size = 3
                        """
                                .formatted(server.port(), port, own.resolve("users")));
        Processes.run(
                "chown",
                "-R",
                Processes.isRoot() ? "postgres" : System.getProperty("user.name"),
                own.toString());
        List<String> command = new ArrayList<>(Image.operatorCommand());
        command.addAll(List.of("proxy", "-q", ini.toString()));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectInput(new File("/dev/null"))
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("proxy.log").toFile());
        builder.environment().put("TOOMAI_AOT", "off");
        proxy = Optional.of(builder.start());
    }

    @AfterAll
    void stop() throws Exception {
        if (proxy.isPresent()) {
            proxy.get().destroyForcibly().waitFor();
        }
        if (server != null) {
            server.close();
        }
    }

    @Test
    void psycopg2() throws Exception {
        python("psycopg2", "with_psycopg2");
    }

    @Test
    void psycopg3() throws Exception {
        python("psycopg", "with_psycopg3");
    }

    @Test
    void asyncpg() throws Exception {
        python("asyncpg", "with_asyncpg");
    }

    @Test
    void nodePostgres() throws Exception {
        String modules = Optional.ofNullable(System.getenv("TOOMAI_NODEPG")).orElse(USUAL_NODE);
        assumeTrue(
                Files.isDirectory(Path.of(modules, "pg")),
                () -> "no node-postgres in " + modules + " (TOOMAI_NODEPG); dev/test gets it");
        sameOnBothWays(
                List.of(
                        "env",
                        "NODE_PATH=" + modules,
                        "node",
                        PROGRAMS.resolve("node-postgres.js").toString()));
    }

    /// @param program not the module's name: it would be imported instead
    private void python(String module, String program) throws Exception {
        Processes.Ended found = Processes.run(PYTHON, "-c", "import " + module);
        assumeTrue(
                found.status() == 0,
                () -> PYTHON + " has no " + module + "; dev/test gets it where Debian has it");
        sameOnBothWays(List.of(PYTHON, "-B", PROGRAMS.resolve(program + ".py").toString()));
    }

    private void sameOnBothWays(List<String> program) throws Exception {
        String direct = told(program, server.port());
        String proxied = told(program, port);
        assertThat(direct).endsWith("done\n");
        assertThat(proxied).isEqualTo(direct);
    }

    private String told(List<String> program, int at) throws Exception {
        Path output = Files.createTempFile(folder, "told", "");
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of(Integer.toString(at), "postgres"));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectInput(new File("/dev/null"))
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        builder.environment().put("PGPASSWORD", TestServer.PASSWORD);
        builder.environment().put("PYTHONUTF8", "1");
        Process process = builder.start();
        boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
        process.destroyForcibly().waitFor();
        String told = Files.readString(output);
        assertThat(ended).as(told).isTrue();
        assertThat(process.exitValue()).as(told).isZero();
        return told;
    }
}
