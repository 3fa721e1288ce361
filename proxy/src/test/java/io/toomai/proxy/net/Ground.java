package io.toomai.proxy.net;

import io.toomai.wire.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A real PostgreSQL, before which each test opens the front that it needs.
final class Ground implements AutoCloseable {
    private final TestServer server;
    private final Path directory;

    private Ground(TestServer server, Path directory) {
        this.server = server;
        this.directory = directory;
    }

    static Ground open(Path directory) throws Exception {
        TestServer server = create(directory, "");
        server.start();
        return new Ground(server, directory);
    }

    /// One that lets anybody in: a test may talk to it directly, too.
    ///
    /// @param settings of PostgreSQL
    static Ground trusting(Path directory, String settings) throws Exception {
        TestServer server = create(directory, settings);
        Files.writeString(
                server.data().resolve("pg_hba.conf"),
                """
                local all all trust
                host all,replication all 127.0.0.1/32 trust
                """);
        server.start();
        return new Ground(server, directory);
    }

    private static TestServer create(Path directory, String settings) throws Exception {
        return TestServer.create(
                TestServer.binaries().orElseThrow(), directory.resolve("data"), settings);
    }

    int port() {
        return server.port();
    }

    String sql(String query) throws IOException {
        return server.sql(query);
    }

    /// A line of `[databases]`.
    ///
    /// @param more of its words
    String database(String name, String more) {
        return "%s = host=127.0.0.1 port=%d password='%s' %s"
                .formatted(name, server.port(), TestServer.PASSWORD, more);
    }

    /// A front with all databases.
    Front front(String settings) throws Exception {
        return front(database("*", ""), settings);
    }

    /// @param databases lines of `[databases]`
    /// @param settings lines of `[pgbouncer]`
    Front front(String databases, String settings) throws Exception {
        return Front.open(directory, databases, settings);
    }

    Front front(String databases, String settings, Transport transport) throws Exception {
        return Front.open(directory, databases, settings, transport);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
