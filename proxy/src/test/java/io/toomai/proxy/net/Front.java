package io.toomai.proxy.net;

import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Configuration.Loading;
import java.nio.file.Files;
import java.nio.file.Path;

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
        return switch (Configuration.load(ini)) {
            case Loading.Loaded(var configuration, _) -> configuration;
            case Loading.Rejected(var problems) -> throw new AssertionError(problems);
        };
    }

    void reload(String text) throws Exception {
        proxy.configure(load(ini, text));
        proxy.ask(Premises::configuration);
    }

    Proxy proxy() {
        return proxy;
    }

    /// The pool of a database's one user.
    ServerPool pool(String database) {
        return proxy.ask(premises ->
                premises.pools().all().stream()
                        .filter(pool -> pool.name().database().equals(database))
                        .findFirst()
                        .orElseThrow());
    }

    int port() {
        return proxy.address().getPort();
    }

    PlainClient client() throws Exception {
        return PlainClient.of(port());
    }

    @Override
    public void close() {
        proxy.close();
    }
}
