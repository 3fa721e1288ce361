package io.toomai.proxy.net;

import io.toomai.proxy.config.PoolMode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;

/// A database behind one of two programs that must be alike: clients enter, speak in turns, and
/// whatever they hear is written down.
final class Stage implements AutoCloseable {
    /// Ends every server's work, whoever it is for.
    static final String KILL_OTHERS =
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";

    private final int port;
    private final String database;
    private final PoolMode mode;
    private final Ground ground;
    private final List<Line> lines = new ArrayList<>();
    private final List<Voice> voices = new ArrayList<>();

    /// Whether a server may be at work still for somebody who is gone.
    private boolean leftAtWork;

    /// What was said, and what was heard of it.
    record Line(String said, String heard) {
        @Override
        public String toString() {
            return said + "\n" + heard.indent(4);
        }
    }

    /// @param port of the program
    /// @param database as clients of the program call it
    Stage(int port, String database, PoolMode mode, Ground ground) {
        this.port = port;
        this.database = database;
        this.mode = mode;
        this.ground = ground;
    }

    /// A client that has said nothing yet.
    Voice stranger(String name) throws IOException {
        Voice voice = new Voice(name, new RawClient(port), lines::add);
        voices.add(voice);
        return voice;
    }

    /// A client that starts with these parameters, besides its user and this database.
    Voice enters(String name, String... parameters) throws IOException {
        return stranger(name)
                .says("starts " + String.join(" ", parameters), first(0, database, parameters));
    }

    /// A client for whom everybody else has left, as one must in session pooling.
    Voice next(String name) throws IOException {
        if (!shares()) {
            for (Voice voice : voices) {
                voice.close();
            }
        }
        return enters(name);
    }

    /// A console, whose words are nobody's business.
    Voice console() throws IOException {
        Voice voice = new Voice("console", new RawClient(port), _ -> {});
        voices.add(voice);
        voice.says("starts", first(0, "pgbouncer"));
        return voice;
    }

    /// A first packet of protocol 3.`minor`.
    byte[] first(int minor, String base, String... parameters) {
        StringBuilder all = new StringBuilder("user\0postgres\0database\0" + base + "\0");
        for (String parameter : parameters) {
            all.append(parameter).append('\0');
        }
        return RawClient.packet(3, minor, all.append('\0').toString());
    }

    /// Whether two clients may take turns with its one server.
    boolean shares() {
        return mode != PoolMode.SESSION;
    }

    /// Whether a client may have a block.
    boolean blocks() {
        return mode != PoolMode.STATEMENT;
    }

    String database() {
        return database;
    }

    int port() {
        return port;
    }

    /// Asks the server itself.
    String sql(String query) throws IOException {
        return ground.sql(query);
    }

    private static void await(Callable<Boolean> until) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(40))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(until);
    }

    /// Until the server itself answers so.
    void awaitSql(String query, String answer) {
        await(() -> ground.sql(query).equals(answer));
    }

    /// Until so many servers work at a query with these words.
    void awaitWorking(String words, int count) {
        leftAtWork = true;
        awaitSql(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <>"
                        + " pg_backend_pid() AND query LIKE '%"
                        + words
                        + "%'",
                Integer.toString(count));
    }

    /// Until the program has so many servers for this database.
    void awaitServers(int count) throws IOException {
        Voice console = console();
        await(() -> console.rows("SHOW SERVERS", database) == count);
    }

    /// Until the program has so many clients of this database.
    void awaitClients(int count) throws IOException {
        Voice console = console();
        await(() -> console.rows("SHOW CLIENTS", database) == count);
    }

    /// Until so many clients of this database wait for a server.
    void awaitWaiting(int count) throws IOException {
        Voice console = console();
        await(() -> console.waiting(database) == count);
    }

    List<Line> lines() {
        return List.copyOf(lines);
    }

    @Override
    public void close() throws IOException {
        try (Voice console = console()) {
            console.asks("KILL " + database); // its servers are nobody else's
        }
        for (Voice voice : voices) {
            voice.close();
        }
        if (leftAtWork) {
            ground.sql(KILL_OTHERS);
        }
    }
}
