package io.toomai.proxy.net;

import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.console.Lookout.Detail;
import io.toomai.proxy.console.Overview;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.awaitility.Awaitility;

/// A proxy that trusts the users of a list, before a server of any kind.
final class Front implements AutoCloseable {
    private final Proxy proxy;
    private final Path ini;

    private Front(Proxy proxy, Path ini) {
        this.proxy = proxy;
        this.ini = ini;
    }

    /// @param text the whole file but for what lets clients in
    static Front open(Path directory, String text) throws Exception {
        Path ini = directory.resolve("front.ini");
        return new Front(Proxy.start(load(ini, text), Transport.usual()), ini);
    }

    /// @param databases lines of `[databases]`
    /// @param settings lines of `[pgbouncer]`, over those that most tests need
    static Front open(Path directory, String databases, String settings) throws Exception {
        return open(directory, file(databases, settings));
    }

    static Front open(Path directory, String databases, String settings, Transport transport)
            throws Exception {
        Path ini = directory.resolve("front.ini");
        return new Front(Proxy.start(load(ini, file(databases, settings)), transport), ini);
    }

    private static String file(String databases, String settings) {
        return """
        [databases]
        %s
        [pgbouncer]
        pool_mode = transaction
        event_loops = %d
        %s
        """
                .formatted(databases, House.LOOPS, settings);
    }

    private static Configuration load(Path ini, String text) throws Exception {
        Path users = ini.resolveSibling("front.users");
        Files.writeString(users, "\"postgres\" \"\"\n\"one\" \"\"\n\"two\" \"\"\n");
        Files.writeString(
                ini,
                text
                        + """

                        [pgbouncer]
                        listen_addr = 127.0.0.1
                        listen_port = 0
                        unix_socket_dir =
                        server_tls_sslmode = disable
                        auth_type = trust
                        auth_file = %s
                        """
                                .formatted(users));
        return House.load(ini);
    }

    void reload(String databases, String settings) throws Exception {
        proxy.configure(load(ini, file(databases, settings)));
        proxy.ask(Premises::configuration);
    }

    Proxy proxy() {
        return proxy;
    }

    /// The pool of a database's one user.
    ServerPool pool(String database) {
        return proxy.askWings(wing -> wing.pools().of(Optional.of(database)).toList()).stream()
                .flatMap(List::stream)
                .findFirst()
                .orElseThrow();
    }

    /// What its console shows.
    Overview overview(Detail detail) {
        return overview(proxy, detail);
    }

    static Overview overview(Proxy proxy, Detail detail) {
        CompletableFuture<Overview> seen = new CompletableFuture<>();
        proxy.ask(premises -> {
            premises.sights().look(detail, seen::complete);
            return seen;
        });
        return seen.join();
    }

    /// A number of the pool of `postgres` and its one user.
    int count(ToIntFunction<ServerPool> what) {
        return of(pool("postgres"), what::applyAsInt);
    }

    /// Until so much is true of the pool of `postgres` and its one user.
    void awaitPool(Predicate<ServerPool> what) {
        ServerPool pool = pool("postgres");
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> of(pool, what::test));
    }

    /// What is true of a pool, asked where it belongs.
    private <T> T of(ServerPool pool, Function<ServerPool, T> what) {
        return proxy
                .askWings(wing ->
                        wing.pools().all().contains(pool)
                                ? Optional.of(what.apply(pool))
                                : Optional.<T>empty())
                .stream()
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow();
    }

    int port() {
        return proxy.address().getPort();
    }

    /// Logged in.
    RawClient client() throws Exception {
        return RawClient.postgres(port());
    }

    /// It has asked to be let in, and read nothing yet.
    RawClient newcomer() throws Exception {
        return new RawClient(port()).send(RawClient.start("postgres"));
    }

    @Override
    public void close() {
        proxy.close();
    }
}
