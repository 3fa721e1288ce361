package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.core.FreePorts;
import io.toomai.proxy.page.HaproxyCsv;
import io.toomai.proxy.route.Duty;
import io.toomai.proxy.route.Route;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The page, the CSV and the metrics of a proxy before a real primary and its standby; the CSV held
/// against HAProxy's own, the page in a browser.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class StatisticsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Pair pair;
    private MetricsListener listener;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        pair = Pair.open(directory, "default_pool_size = 5\n");
        pair.routing().take(pair.picture(1, "a"));
        listener =
                MetricsListener.start(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), pair.proxy());
    }

    @AfterAll
    void close() throws Exception {
        listener.close();
        pair.close();
    }

    private static String get(int port, String path, int status) throws IOException {
        var connection =
                (HttpURLConnection)
                        URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
        assertThat(connection.getResponseCode()).isEqualTo(status);
        var body = status == 200 ? connection.getInputStream() : connection.getErrorStream();
        try (body) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String get(String path) throws IOException {
        return get(listener.address().getPort(), path, 200);
    }

    private static void ask(Connection connection, String sql) throws Exception {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /// A cell of the CSV.
    private String cell(String route, String name, String column) throws IOException {
        List<String> lines = get("/;csv").lines().toList();
        int index = List.of(lines.getFirst().substring(2).split(",", -1)).indexOf(column);
        return lines.stream()
                .filter(line -> line.startsWith(route + "," + name + ","))
                .map(line -> line.split(",", -1)[index])
                .findFirst()
                .orElse("none");
    }

    @Test
    void routesAndMembersStandAsTheyAre() throws Exception {
        try (Connection write = pair.connect(Route.WRITE);
                Connection read = pair.connect(Route.READ)) {
            ask(write, "SELECT 1");
            ask(read, "SELECT 1");
            assertThat(cell("write", "a", "status")).isEqualTo("UP");
            assertThat(cell("write", "b", "status")).isEqualTo("NOLB");
            assertThat(cell("write", "b", "why")).isEqualTo("it is not the primary");
            assertThat(cell("read", "b", "status")).isEqualTo("UP");
            assertThat(cell("read", "b", "role")).isEqualTo("replica");
            assertThat(cell("write", "BACKEND", "status")).isEqualTo("UP");
            assertThat(cell("write", "FRONTEND", "scur")).isEqualTo("1");
            assertThat(cell("write", "a", "scur")).isEqualTo("1");
            assertThat(cell("read", "BACKEND", "act")).isEqualTo("1");
            pair.order("b", Duty.MAINTENANCE);
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> assertThat(cell("read", "b", "status")).isEqualTo("MAINT"));
            assertThat(cell("read", "a", "status")).as("the primary stands in").isEqualTo("UP");
            assertThat(get("/")).contains("b: an operator has it in maintenance");
            pair.order("b", Duty.READY);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(cell("read", "b", "status")).isEqualTo("UP"));
            assertThat(cell("read", "b", "chkdown")).isEqualTo("1");
        }
    }

    @Test
    void percentilesOfWhatWasAskedComeOutAndEachSeriesOnce() throws Exception {
        try (Connection write = pair.connect(Route.WRITE);
                Connection read = pair.connect(Route.READ)) {
            for (int i = 0; i < 20; i++) {
                ask(write, "SELECT pg_sleep(0.01)");
                ask(read, "SELECT 1");
            }
            String labels = "{database=\"postgres\",user=\"postgres\"";
            write.setAutoCommit(false);
            ask(write, "SELECT 1");
            // The driver names itself by SET.
            String driver = labels + ",application_name=\"\"";
            assertThat(get("/metrics").lines())
                    .contains("pgbouncer_client_connections" + driver + ",state=\"active\"} 1")
                    .contains("pgbouncer_client_connections" + driver + ",state=\"idle\"} 1");
            write.commit();
            List<String> series =
                    get("/metrics")
                            .lines()
                            .filter(line -> !line.startsWith("#"))
                            .map(line -> line.substring(0, line.lastIndexOf(' ')))
                            .toList();
            assertThat(series)
                    .doesNotHaveDuplicates()
                    .contains("toomai_proxy_query_duration_seconds" + labels + ",quantile=\"0.5\"}")
                    .contains("toomai_proxy_client_wait_seconds_count" + labels + "}");
            assertThat(
                            value(
                                    "toomai_proxy_query_duration_seconds"
                                            + labels
                                            + ",quantile=\"0.99\"}"))
                    .isGreaterThan(0.0099);
            assertThat(value("toomai_proxy_query_duration_seconds_sum" + labels + "}"))
                    .isGreaterThan(0.19);
            assertThat(get("/")).contains("99.9 % within");
        }
    }

    private double value(String series) throws IOException {
        return get("/metrics")
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aHoldIsSeen() throws Exception {
        pair.proxy().hold(OptionalLong.of(7), (_, _) -> {});
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(get("/")).contains("All databases: held by the cluster"));
        pair.proxy().hold(OptionalLong.empty(), (_, _) -> {});
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(get("/")).doesNotContain("held by"));
    }

    @Test
    void nothingElseIsThereAndNothingCanBeChanged() throws Exception {
        assertThat(get("/stats;csv")).startsWith("# pxname,svname,qcur");
        assertThat(get("/;csv;norefresh")).startsWith("# pxname,svname,qcur");
        assertThat(get("/stats;norefresh")).startsWith("<!doctype html>");
        assertThat(get("/stats")).startsWith("<!doctype html>");
        assertThat(get(listener.address().getPort(), "/etc/passwd", 404)).contains("/metrics");
        var post =
                (HttpURLConnection)
                        URI.create("http://127.0.0.1:" + listener.address().getPort() + "/")
                                .toURL()
                                .openConnection();
        post.setRequestMethod("POST");
        assertThat(post.getResponseCode()).isEqualTo(405);
    }

    // ---- against the real HAProxy

    private static Path program(String variable, String usual, String what) {
        Path program = Path.of(Optional.ofNullable(System.getenv(variable)).orElse(usual));
        assumeTrue(
                Files.isExecutable(program),
                () -> "no " + what + " at " + program + " (" + variable + "); dev/test gets it");
        return program;
    }

    @Test
    void theColumnsAreHaproxys(@TempDir Path directory) throws Exception {
        Path program =
                program(
                        "TOOMAI_HAPROXY_BIN",
                        "/var/cache/toomai-test/haproxy/usr/sbin/haproxy",
                        "HAProxy");
        int port = FreePorts.next();
        Path file =
                Files.writeString(
                        directory.resolve("haproxy.cfg"),
                        """
                        defaults
                          mode http
                          timeout connect 3s
                          timeout client 60s
                          timeout server 60s
                        listen statistics
                          bind 127.0.0.1:%d
                          stats enable
                          stats uri /
                        """
                                .formatted(port));
        ProcessBuilder builder =
                new ProcessBuilder(program.toString(), "-db", "-f", file.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("haproxy.log").toFile());
        builder.environment()
                .put(
                        "LD_LIBRARY_PATH",
                        program.resolveSibling("../lib/x86_64-linux-gnu").normalize().toString());
        Process haproxy = builder.start();
        try {
            String theirs =
                    await().atMost(PATIENCE)
                            .ignoreExceptions()
                            .until(() -> get(port, "/;csv", 200), csv -> !csv.isEmpty())
                            .lines()
                            .findFirst()
                            .orElseThrow();
            String ours = get("/;csv").lines().findFirst().orElseThrow();
            assertThat(theirs.substring(0, theirs.indexOf("-,")))
                    .isEqualTo("# " + String.join(",", HaproxyCsv.COLUMNS) + ",");
            assertThat(ours)
                    .isEqualTo(
                            theirs.substring(0, theirs.indexOf("-,"))
                                    + String.join(",", HaproxyCsv.OWN)
                                    + ",");
        } finally {
            haproxy.destroyForcibly().onExit().join();
        }
    }

    // ---- in a browser

    /// A frame as wide as a phone, and as a screen; the page must not need more.
    @Test
    void thePageFitsAPhoneAndAScreen(@TempDir Path directory) throws Exception {
        Path chromium = program("TOOMAI_CHROMIUM_BIN", "/usr/bin/chromium", "Chromium");
        String framed = get("/").replace("&", "&amp;").replace("\"", "&quot;");
        for (int width : new int[] {360, 1280}) {
            Path file =
                    Files.writeString(
                            directory.resolve(width + ".html"),
                            """
                            <body><iframe id="f" width="%d" height="800" style="border:0"
                            srcdoc="%s"></iframe><script>window.onload = () => {
                              const page = document.getElementById("f").contentDocument;
                              document.title = page.documentElement.scrollWidth + " of "
                                + page.documentElement.clientWidth + " for "
                                + page.querySelectorAll("section").length;
                            };</script>
                            """
                                    .formatted(width, framed));
            String shown = dump(chromium, directory.resolve("profile"), file);
            assertThat(shown)
                    .containsPattern("<title>" + width + " of " + width + " for [3-9]</title>");
        }
    }

    private static String dump(Path chromium, Path profile, Path file) throws Exception {
        Path out = file.resolveSibling(file.getFileName() + ".dom");
        Process browser =
                new ProcessBuilder(
                                chromium.toString(),
                                "--headless",
                                "--no-sandbox",
                                "--disable-gpu",
                                "--hide-scrollbars",
                                "--window-size=1400,900",
                                "--user-data-dir=" + profile,
                                "--dump-dom",
                                file.toUri().toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .redirectOutput(out.toFile())
                        .start();
        try {
            assertThat(browser.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } finally {
            browser.destroyForcibly().onExit().join();
        }
        return Files.readString(out);
    }
}
