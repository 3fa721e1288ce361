package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.core.FreePorts;
import io.toomai.wire.TestServer;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// `toomai proxy pgbouncer.ini` as an operator runs it: through the launcher, with a console,
/// signals and files.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProxyCommandIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Path folder;
    private TestServer server;
    private Path ini;
    private int port;
    private Optional<Process> proxy = Optional.empty();

    @BeforeAll
    void startServer(@TempDir Path directory) throws Exception {
        folder = directory;
        Optional<Path> binaries = TestServer.binaries();
        assumeTrue(binaries.isPresent(), "no PostgreSQL here; dev/test gets it");
        Processes.run("chmod", "0755", folder.toString());
        Path home = Files.createDirectory(folder.resolve("server"));
        server = TestServer.create(binaries.get(), home.resolve("data"), "");
        server.start();
        server.run("pgbench", "-i", "-s", "1", "-q");
    }

    @AfterAll
    void stopServer() throws IOException {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void writeSettings() throws IOException {
        Path own = Files.createTempDirectory(folder, "proxy");
        Files.writeString(own.resolve("users"), "\"postgres\" \"" + TestServer.PASSWORD + "\"\n");
        ini = own.resolve("pgbouncer.ini");
        port = FreePorts.next();
        write("default_pool_size = 4");
        Processes.run(
                "chown",
                "-R",
                Processes.isRoot() ? "postgres" : System.getProperty("user.name"),
                own.toString());
    }

    private void write(String more) throws IOException {
        Path own = ini.resolveSibling("");
        Files.writeString(
                ini,
                """
                [databases]
                postgres = host=127.0.0.1 port=%d
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = scram-sha-256
                auth_file = %s
                admin_users = postgres
                pool_mode = transaction
                logfile = %s
                pidfile = %s
                sbuf_loopcnt = 7
                verbose = 1
                %s
                """
                        .formatted(
                                server.port(),
                                port,
                                own.resolve("users"),
                                own.resolve("log"),
                                own.resolve("pid"),
                                more));
    }

    private List<String> command(String... words) {
        List<String> command = new ArrayList<>(Image.operatorCommand());
        command.add("proxy");
        command.addAll(List.of(words));
        return command;
    }

    private void start() throws IOException {
        proxy = Optional.of(begun("-q", ini.toString()));
        Waiting.until("the proxy serves", PATIENCE, () -> !console("SHOW VERSION").isEmpty());
    }

    private Process begun(String... words) throws IOException {
        // A shell that runs the tests in the background has all below it ignore SIGINT.
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
        command.addAll(command(words));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectInput(new File("/dev/null"))
                        .redirectErrorStream(true)
                        .redirectOutput(ini.resolveSibling("out").toFile());
        builder.environment().put("TOOMAI_AOT", "off");
        return builder.start();
    }

    @AfterEach
    void end() throws Exception {
        proxy.ifPresent(Process::destroyForcibly);
        if (proxy.isPresent()) {
            proxy.get().waitFor();
        }
        proxy = Optional.empty();
    }

    private String console(String line) throws IOException {
        return server.through(port).run("psql", "-XAtq", "-d", "pgbouncer", "-c", line);
    }

    private String log() throws IOException {
        return Files.readString(ini.resolveSibling("log"));
    }

    private void signal(String name) {
        Processes.run("kill", "-" + name, Long.toString(proxy.orElseThrow().pid()));
    }

    private Connection connect() throws Exception {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/postgres",
                "postgres",
                TestServer.PASSWORD);
    }

    @Test
    void aReloadTakesAllOrNothing() throws Exception {
        start();
        assertThat(console("SHOW CONFIG")).contains("default_pool_size|4|20|yes");
        write("default_pool_size = 5");
        console("RELOAD");
        assertThat(console("SHOW CONFIG")).contains("default_pool_size|5|20|yes");
        write("default_pool_size = 6\ndefault_pool_siz = 7");
        assertThatThrownBy(() -> console("RELOAD"))
                .hasMessageContaining("RELOAD failed, see logs for additional details");
        assertThat(console("SHOW CONFIG")).contains("default_pool_size|5|20|yes");
        Waiting.until(
                "the log says what is wrong",
                PATIENCE,
                () ->
                        log().contains(
                                                "default_pool_siz: is no setting, did you mean"
                                                        + " default_pool_size?")
                                && log().contains(ini + ":"));
        write("default_pool_size = 8");
        signal("HUP");
        Waiting.until(
                "SIGHUP reloads",
                PATIENCE,
                () -> console("SHOW CONFIG").contains("default_pool_size|8|20|yes"));
        assertThat(log().split("sbuf_loopcnt", -1))
                .as("what has no effect is said once")
                .hasSize(2);
    }

    @Test
    void pauseAndResumeUnderLoadAreOnlyAPause() throws Exception {
        start();
        CompletableFuture<String> load =
                CompletableFuture.supplyAsync(() ->
                        unchecked(() ->
                                server.through(port)
                                        .run(
                                                "pgbench",
                                                "-n",
                                                "-M",
                                                "prepared",
                                                "-c",
                                                "8",
                                                "-j",
                                                "8",
                                                "-t",
                                                "400")));
        Waiting.until(
                "pgbench is there",
                PATIENCE,
                () -> console("SHOW POOLS").contains("postgres|postgres|"));
        for (int i = 0; i < 3; i++) {
            console("PAUSE postgres");
            assertThat(console("SHOW PAUSES")).startsWith("postgres|paused|");
            console("RESUME postgres");
        }
        signal("USR1");
        Waiting.until(
                "SIGUSR1 pauses", PATIENCE, () -> console("SHOW STATE").contains("paused|yes"));
        signal("USR2");
        Waiting.until(
                "SIGUSR2 resumes", PATIENCE, () -> console("SHOW STATE").contains("active|yes"));
        Waiting.until(
                "verbose = 1 tells more", PATIENCE, () -> log().contains("DEBUG SIGUSR2: done"));
        console("RECONNECT");
        assertThat(load.get(120, TimeUnit.SECONDS))
                .contains("number of transactions actually processed: 3200/3200")
                .contains("number of failed transactions: 0");
        assertThat(
                        server.sql(
                                "SELECT (SELECT sum(abalance) FROM pgbench_accounts)"
                                        + " = (SELECT sum(bbalance) FROM pgbench_branches)"))
                .isEqualTo("t");
    }

    @Test
    void termWaitsForTheClients() throws Exception {
        start();
        try (Connection client = connect();
                Statement statement = client.createStatement()) {
            statement.execute("SELECT 1");
            signal("TERM");
            Waiting.until(
                    "nobody new is let in",
                    PATIENCE,
                    () -> {
                        try (Connection _ = connect()) {
                            return false;
                        } catch (java.sql.SQLException e) {
                            return true;
                        }
                    });
            statement.execute("SELECT 2");
        }
        assertThat(proxy.orElseThrow().waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(proxy.orElseThrow().exitValue()).isZero();
        assertThat(ini.resolveSibling("pid")).doesNotExist();
    }

    @Test
    void intWaitsForTheServersAndNotForTheClients() throws Exception {
        start();
        try (Connection idle = connect();
                Connection busy = connect();
                Statement last = idle.createStatement();
                Statement statement = busy.createStatement()) {
            last.execute("SELECT 1");
            busy.setAutoCommit(false);
            statement.execute("SELECT 1");
            signal("INT");
            Waiting.until("it was heard", PATIENCE, () -> log().contains("SIGINT"));
            statement.execute("SELECT 2");
            assertThat(proxy.orElseThrow().isAlive()).isTrue();
            busy.commit();
            assertThat(proxy.orElseThrow().waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(proxy.orElseThrow().exitValue()).isZero();
            assertThatThrownBy(() -> last.execute("SELECT 2"))
                    .hasMessageContaining("the proxy is shutting down");
        }
        assertThat(ini.resolveSibling("pid")).doesNotExist();
    }

    @Test
    void aSecondOneTakesOverWhileAClientOfTheFirstGoesOn() throws Exception {
        int metrics = FreePorts.next();
        write(
                "so_reuseport = 1\nmetrics_port = %d\nunix_socket_dir = %s"
                        .formatted(metrics, ini.resolveSibling("")));
        start();
        Process first = proxy.orElseThrow();
        try {
            try (Connection client = connect();
                    Statement statement = client.createStatement()) {
                statement.execute("SELECT 1");
                proxy = Optional.of(begun("-q", "-R", ini.toString()));
                Waiting.until(
                        "the first was asked to end",
                        PATIENCE,
                        () -> log().contains("asking process") && log().contains("SHUTDOWN"));
                statement.execute("SELECT 2");
                assertThat(console("SHOW VERSION")).isNotEmpty();
                assertThat(local("SHOW VERSION")).isNotEmpty();
                assertThat(log()).contains("metrics wait for the end of process " + first.pid());
                assertThat(first.isAlive()).isTrue();
            }
            assertThat(first.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(first.exitValue()).isZero();
            assertThat(Files.readString(ini.resolveSibling("pid")).strip())
                    .isEqualTo(Long.toString(proxy.orElseThrow().pid()));
            assertThat(console("SHOW VERSION")).isNotEmpty();
            assertThat(local("SHOW VERSION")).isNotEmpty();
            Waiting.until(
                    "the metrics are those of the second",
                    PATIENCE,
                    () -> log().split("metrics on http:", -1).length == 3);
            assertThat(page(metrics)).contains("pgbouncer_up 1");
        } finally {
            first.destroyForcibly();
        }
    }

    @Test
    void whoCannotTakeOverLeavesTheFirstAsItWas() throws Exception {
        write("so_reuseport = 1\nunix_socket_dir = " + ini.resolveSibling(""));
        start();
        Path pidfile = ini.resolveSibling("pid");
        String pid = Files.readString(pidfile);
        Processes.run("chmod", "0444", pidfile.toString());
        Process second = begun("-q", "-R", ini.toString());
        assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isEqualTo(1);
        assertThat(log()).contains("cannot write pidfile").doesNotContain("SHUTDOWN");
        assertThat(local("SHOW VERSION")).isNotEmpty();
        assertThat(Files.readString(pidfile)).isEqualTo(pid);
    }

    @Test
    void setOpensTheLogAnew() throws Exception {
        start();
        Path other = ini.resolveSibling("other");
        console("SET logfile = '" + other + "'");
        console("SET verbose = 0");
        console("PAUSE");
        Waiting.until(
                "the new log has it",
                PATIENCE,
                () -> Files.readString(other).contains("PAUSE command issued"));
        assertThat(log()).doesNotContain("PAUSE command issued");
        assertThat(Files.readString(other).substring(Files.readString(other).indexOf("PAUSE")))
                .doesNotContain("DEBUG");
        assertThatThrownBy(() -> console("SET logfile = '" + ini + "/log'"))
                .hasMessageContaining("logfile cannot write");
        console("RESUME");
        Waiting.until(
                "the log that was in force stays",
                PATIENCE,
                () -> Files.readString(other).contains("RESUME command issued"));
    }

    /// A pidfile that has outlived its process.
    @Test
    void nobodyElseIsToldToEnd() throws Exception {
        write("so_reuseport = 1");
        Process stranger = new ProcessBuilder("sleep", "1000").start();
        try {
            Files.writeString(ini.resolveSibling("pid"), stranger.pid() + "\n");
            Processes.Ended refused =
                    Processes.run(command("-q", "-R", ini.toString()).toArray(String[]::new));
            assertThat(refused.status()).isEqualTo(1);
            assertThat(refused.output()).contains("process " + stranger.pid(), "no proxy");
            assertThat(stranger.isAlive()).isTrue();
        } finally {
            stranger.destroyForcibly();
        }
    }

    private String local(String line) throws IOException {
        return server.through(port)
                .run(
                        "psql",
                        "-XAtq",
                        "-h",
                        ini.resolveSibling("").toString(),
                        "-d",
                        "pgbouncer",
                        "-c",
                        line);
    }

    @Test
    void aSecondTermEndsAtOnce() throws Exception {
        start();
        try (Connection client = connect();
                Statement statement = client.createStatement()) {
            statement.execute("SELECT 1");
            signal("TERM");
            Waiting.until("the first was heard", PATIENCE, () -> log().contains("SHUTDOWN"));
            signal("TERM");
            assertThat(proxy.orElseThrow().waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> statement.execute("SELECT 2"))
                    .hasMessageContaining("the proxy is shutting down");
        }
    }

    @Test
    void theLogAndTheMetricsSayWhatHappens() throws Exception {
        int metrics = FreePorts.next();
        write("metrics_port = " + metrics);
        start();
        try (Connection client = connect();
                Statement statement = client.createStatement()) {
            statement.execute("SELECT 1");
            String page = page(metrics);
            assertThat(page)
                    .contains("pgbouncer_up 1")
                    .contains(
                            "pgbouncer_pools_client_active_connections{database=\"postgres\","
                                    + "user=\"postgres\"} 1");
            String row =
                    console("SHOW CLIENTS")
                            .lines()
                            .filter(line -> line.startsWith("C|postgres|postgres|"))
                            .findFirst()
                            .orElseThrow();
            console("KILL_CLIENT " + row.substring(row.lastIndexOf('|') + 1));
        }
        connect().close();
        Waiting.until(
                "the log says it",
                PATIENCE,
                () ->
                        log().contains(" pooler error: admin forced disconnect")
                                && log().contains(" closing because: admin forced disconnect (age=")
                                && log().contains(" closing because: client close request (age="));
    }

    private static String page(int port) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(
                                            URI.create("http://127.0.0.1:" + port + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    @Test
    void quitEndsAtOnce() throws Exception {
        start();
        try (Connection client = connect();
                Statement statement = client.createStatement()) {
            statement.execute("SELECT 1");
            signal("QUIT");
            assertThat(proxy.orElseThrow().waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void itGoesOnInTheBackgroundOnce() throws Exception {
        Processes.Ended started =
                Processes.run(command("-d", ini.toString()).toArray(String[]::new));
        assertThat(started.status()).as(started.output()).isZero();
        assertThat(console("SHOW VERSION")).startsWith("PgBouncer ");
        Processes.Ended again = Processes.run(command("-q", ini.toString()).toArray(String[]::new));
        assertThat(again.status()).isEqualTo(1);
        assertThat(again.output()).contains("is it running already?");
        Waiting.until("the log says why", PATIENCE, () -> log().contains("is it running already?"));
        long pid = Long.parseLong(Files.readString(ini.resolveSibling("pid")).strip());
        // Not INT: a shell that runs this in the background has all below it ignore that one.
        Processes.run("kill", "-TERM", Long.toString(pid));
        Waiting.until("it ends", PATIENCE, () -> !Processes.isAlive(pid));
    }

    @Test
    void whatIsWrongIsSaidBeforeAnythingStarts() throws Exception {
        write("pool_mode = sometimes");
        Processes.Ended ended = Processes.run(command(ini.toString()).toArray(String[]::new));
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.output())
                .contains(ini + ":")
                .contains("pool_mode: must be one of session, transaction, statement");
    }

    @Test
    void nobodyWritesALineOfTheLogHimself() throws Exception {
        start();
        assertThatThrownBy(
                        () -> server.through(port).run("psql", "-U", "x\nFORGED", "-c", "SELECT 1"))
                .isInstanceOf(AssertionError.class);
        Waiting.until("it is logged", PATIENCE, () -> log().contains("for user \"x?FORGED\""));
    }

    /// The log itself could not say so.
    @Test
    void aLogThatCannotBeWrittenIsRefused() throws Exception {
        start();
        write("logfile = /proc/none/log");
        assertThatThrownBy(() -> console("RELOAD")).hasMessageContaining("RELOAD failed");
        Waiting.until(
                "the log says why",
                PATIENCE,
                () -> log().contains("logfile: cannot write /proc/none/log"));
        Processes.Ended ended = Processes.run(command("-d", ini.toString()).toArray(String[]::new));
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.output()).contains("logfile: cannot write /proc/none/log");
    }

    @Test
    void itSaysWhatItIs() {
        assertThat(Processes.run(command("--help").toArray(String[]::new)).output())
                .contains("--daemon", "--quiet", "--reboot", "--user", "--verbose", "--version");
        assertThat(Processes.run(command("-V").toArray(String[]::new)).output())
                .startsWith("toomai ")
                .contains("PgBouncer 1.");
    }

    private static <T> T unchecked(java.util.concurrent.Callable<T> action) {
        try {
            return action.call();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
