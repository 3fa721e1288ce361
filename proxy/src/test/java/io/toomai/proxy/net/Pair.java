package io.toomai.proxy.net;

import static org.awaitility.Awaitility.await;

import io.toomai.core.FreePorts;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.route.Duty;
import io.toomai.proxy.route.Epoch;
import io.toomai.proxy.route.Picture;
import io.toomai.proxy.route.Place;
import io.toomai.proxy.route.Route;
import io.toomai.proxy.route.RouteRules;
import io.toomai.settings.text.Position;
import io.toomai.wire.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;

/// A primary `a` and its standby `b`, and a proxy of this process that is told who is what.
final class Pair implements AutoCloseable {
    private static final Map<String, String> LED =
            Map.of(
                    "*", "",
                    "aliased", "dbname=postgres route=read",
                    "preferring", "dbname=postgres route=prefer-standby",
                    "any", "dbname=postgres route=any");

    private final TestServer a;
    private final Path standbyData;
    private final int standbyPort;
    private final Routing routing = new Routing(RouteRules.USUAL, Map.of(Route.READ, 0));
    private final String settings;
    private final Proxy proxy;

    private Pair(TestServer a, Path standbyData, int standbyPort, String settings)
            throws Exception {
        this.a = a;
        this.standbyData = standbyData;
        this.standbyPort = standbyPort;
        this.settings = settings;
        this.proxy =
                Proxy.start(
                        configuration(settings, LED), Transport.usual(), routing, new NoSteward());
    }

    static Pair open(Path directory, String settings) throws Exception {
        TestServer a =
                TestServer.create(
                        TestServer.binaries().orElseThrow(),
                        directory.resolve("a"),
                        "wal_level = replica\nhot_standby = on\n");
        a.start();
        Path data = directory.resolve("b");
        int port = FreePorts.next();
        a.run("pg_basebackup", "-D", data.toString(), "-R", "-X", "stream", "-c", "fast");
        start(a, data, port);
        Files.writeString(
                directory.resolve("users"), "\"postgres\" \"" + TestServer.PASSWORD + "\"\n");
        String all =
                """
                listen_addr = 127.0.0.1
                listen_port = 0
                unix_socket_dir =
                auth_type = scram-sha-256
                auth_file = %s
                pool_mode = transaction
                %s
                """
                        .formatted(directory.resolve("users"), settings);
        return new Pair(a, data, port, all);
    }

    /// Of a cluster, whose databases need not name any hosts.
    ///
    /// @param databases the words of each
    static Configuration configuration(String settings, Map<String, String> databases)
            throws IOException {
        Map<String, String> pgbouncer = new LinkedHashMap<>();
        for (String line : settings.lines().filter(line -> !line.isBlank()).toList()) {
            String[] words = line.split("=", 2);
            pgbouncer.put(words[0].strip(), words[1].strip());
        }
        return House.loaded(
                Configuration.of(
                        new Configuration.Sections(pgbouncer, databases, Map.of()),
                        new Nowhere(),
                        Map.of()));
    }

    private record Nowhere() implements Configuration.Places {
        @Override
        public String key(String section, String name) {
            return name;
        }

        @Override
        public Position of(String section, String name) {
            return new Position("pair", 0);
        }
    }

    private static void start(TestServer by, Path data, int port) throws IOException {
        by.run(
                "pg_ctl",
                "-D",
                data.toString(),
                "-l",
                data.resolveSibling("b.log").toString(),
                "-o",
                "-p " + port,
                "-w",
                "start");
    }

    Proxy proxy() {
        return proxy;
    }

    /// As a RELOAD does.
    ///
    /// @param databases the words of each
    void configure(Map<String, String> databases) throws IOException {
        proxy.configure(configuration(settings, databases));
    }

    Routing routing() {
        return routing;
    }

    /// Returns when that holds: what comes to the loop later by the network is often done first.
    void order(String member, Duty duty) {
        routing.order(new MemberName(member), duty);
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        routing.rows().stream()
                                .filter(row -> row.member().equals(member))
                                .anyMatch(row -> row.duty().equals(duty.word())));
    }

    TestServer a() {
        return a;
    }

    TestServer b() {
        return a.through(standbyPort);
    }

    /// A picture of the pair.
    ///
    /// @param term that only grows
    Picture picture(long term, String primary) {
        return new Picture(
                new Epoch(term, Timeline.UNKNOWN),
                primary.isEmpty() ? Picture.Leadership.VACANT : Picture.Leadership.HELD,
                Optional.of(primary).filter(name -> !name.isEmpty()).map(MemberName::new),
                List.of(place("a", a.port()), place("b", standbyPort)));
    }

    private static Place place(String name, int port) {
        return new Place(
                new MemberName(name),
                "127.0.0.1",
                port,
                Place.Condition.RUNNING,
                Timeline.UNKNOWN,
                OptionalLong.of(0),
                Tags.NONE);
    }

    /// The primary is gone at once, as with kill -9.
    void crash() throws IOException {
        a.run("pg_ctl", "-D", a.data().toString(), "-m", "immediate", "-w", "stop");
    }

    void promote() throws IOException {
        a.run("pg_ctl", "-D", standbyData.toString(), "-w", "promote");
    }

    int port(Route route) {
        return proxy.address(route).getPort();
    }

    /// A connection through the proxy.
    ///
    /// @param options as libpq's `options`
    Connection connect(Route route, String database, String options) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "postgres");
        properties.setProperty("password", TestServer.PASSWORD);
        properties.setProperty("options", options);
        properties.setProperty("socketTimeout", "60");
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port(route) + "/" + database, properties);
    }

    Connection connect(Route route) throws SQLException {
        return connect(route, "postgres", "");
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        if (Files.exists(standbyData.resolve("postmaster.pid"))) {
            a.run("pg_ctl", "-D", standbyData.toString(), "-m", "immediate", "-w", "stop");
        }
        a.close();
    }
}
