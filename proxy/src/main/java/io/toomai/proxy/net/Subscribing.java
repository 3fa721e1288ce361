package io.toomai.proxy.net;

import io.toomai.proxy.relay.ServerError;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// A server on which a client has listened is asked to what, and stops listening, before anybody
/// else gets it. The client waits until its pool's [Notifier] listens in its place. Belongs to the
/// event loop.
final class Subscribing implements OwnQuery.End, ServerConnection.Next {
    private static final String QUESTION =
            "SELECT pg_catalog.encode(pg_catalog.convert_to(c, 'UTF8'), 'hex')"
                    + " FROM pg_catalog.pg_listening_channels() AS c";

    private final ServerPool pool;
    private final ServerConnection server;
    private final ClientConnection client;
    private final Set<String> channels = new LinkedHashSet<>();

    Subscribing(ServerPool pool, ServerConnection server, ClientConnection client) {
        this.pool = pool;
        this.server = server;
        this.client = client;
    }

    @Override
    public void begin() {
        server.ask(QUESTION, this);
    }

    @Override
    public void row(List<byte[]> columns) {
        String hex = new String(columns.getFirst(), StandardCharsets.US_ASCII);
        channels.add(new String(HexFormat.of().parseHex(hex), StandardCharsets.UTF_8));
    }

    @Override
    public void succeeded() {
        server.ask(
                "UNLISTEN *",
                new OwnQuery.End() {
                    @Override
                    public void succeeded() {
                        Set<String> asked = server.side().listening().askedFor(channels);
                        if (client.waitsToListen()) {
                            client.notifications().subscribe(pool.notifier(), asked);
                        }
                        pool.freed(server);
                    }

                    @Override
                    public void failed(ServerError error) {
                        Subscribing.this.failed(error);
                    }

                    @Override
                    public void lost() {
                        Subscribing.this.lost();
                    }
                });
    }

    @Override
    public void failed(ServerError error) {
        pool.close(server, "it cannot stop listening: " + error.message());
        client.cannotListen(error.code(), error.message());
    }

    @Override
    public void lost() {
        client.cannotListen("57P03", "the server was lost before LISTEN took effect");
    }
}
