package io.toomai.proxy.net;

import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Configuration.Loading;
import io.toomai.wire.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;

/// A real PostgreSQL with a proxy of this process before it.
final class House implements AutoCloseable {
    /// Event loops of the proxies of tests: as many as the cores want, else
    /// `-Dtoomai.proxy.loops=N`.
    static final int LOOPS = Integer.getInteger("toomai.proxy.loops", 0);

    private final TestServer server;
    private final Proxy proxy;
    private final Path directory;
    private final Ending ending;

    /// Whether the server ends with the house.
    private enum Ending {
        ENDS,
        STAYS
    }

    private House(TestServer server, Proxy proxy, Path directory, Ending ending) {
        this.ending = ending;
        this.server = server;
        this.proxy = proxy;
        this.directory = directory;
    }

    /// A server of its own.
    ///
    /// @param settings lines of `[pgbouncer]`, over those that any test needs
    static House open(Path directory, String settings) throws Exception {
        TestServer server =
                TestServer.create(
                        TestServer.binaries().orElseThrow(), directory.resolve("data"), "");
        server.start();
        return open(server, directory, settings, Ending.ENDS);
    }

    /// Before a server that somebody else ends.
    static House open(TestServer server, Path directory, String settings) throws Exception {
        return open(server, directory, settings, Ending.STAYS);
    }

    private static House open(TestServer server, Path directory, String settings, Ending ending)
            throws Exception {
        Files.writeString(
                directory.resolve("users"),
                "\"postgres\" \"" + TestServer.PASSWORD + "\"\n\"nobody\" \"wrong\"\n");
        Path ini = directory.resolve("pgbouncer.ini");
        Files.writeString(ini, ini(server, directory, settings));
        return new House(server, Proxy.start(load(ini), Transport.usual()), directory, ending);
    }

    private static String ini(TestServer server, Path directory, String settings) {
        return """
        [databases]
        * = host=127.0.0.1 port=%d
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = 0
        unix_socket_dir =
        auth_type = scram-sha-256
        auth_file = %s
        pool_mode = transaction
        event_loops = %d
        %s
        """
                .formatted(server.port(), directory.resolve("users"), LOOPS, settings);
    }

    /// What a file says.
    static Configuration load(Path ini) throws IOException {
        return loaded(Configuration.load(ini));
    }

    static Configuration loaded(Loading loading) {
        return switch (loading) {
            case Loading.Loaded(var configuration, _) -> configuration;
            case Loading.Rejected(var problems) -> throw new AssertionError(problems);
        };
    }

    /// Other settings in place of those it was opened with.
    void reload(String settings) throws IOException {
        Path ini = directory.resolve("pgbouncer.ini");
        Files.writeString(ini, ini(server, directory, settings));
        proxy.configure(load(ini));
        proxy.askWings(Wing::configuration); // each has it then
    }

    TestServer server() {
        return server;
    }

    Proxy proxy() {
        return proxy;
    }

    int port() {
        return proxy.address().getPort();
    }

    /// A connection through the proxy.
    Connection connect(String user, String password) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port() + "/postgres", properties);
    }

    /// @param more of the driver's properties
    Connection connect(Map<String, String> more) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "postgres");
        properties.setProperty("password", TestServer.PASSWORD);
        more.forEach(properties::setProperty);
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port() + "/postgres", properties);
    }

    Connection connect() throws SQLException {
        return connect("postgres", TestServer.PASSWORD);
    }

    /// A program of PostgreSQL's through the proxy.
    String run(String program, String... arguments) throws IOException {
        return server.through(port()).run(program, arguments);
    }

    /// What is in the way is kept where the test wrote it.
    Path directory() {
        return directory;
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        if (ending == Ending.ENDS) {
            server.close();
        }
    }
}
