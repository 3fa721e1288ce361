package io.toomai.proxy.net;

import io.toomai.proxy.console.Overview.Address;
import io.toomai.proxy.console.Overview.Closing;
import io.toomai.proxy.console.Overview.Side;
import io.toomai.proxy.console.Overview.SocketLine;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// What the console says of one connection. Belongs to its event loop.
final class SocketLines {
    private SocketLines() {}

    static SocketLine of(ClientConnection client) {
        Identity identity = client.identity();
        ServerConnection to = client.server();
        boolean waits = client.waitsForServer();
        return new SocketLine(
                Side.CLIENT,
                identity.number(),
                identity.user(),
                identity.database(),
                waits ? "waiting" : to == null ? "idle" : "active",
                "none",
                new Address(identity.origin().host(), identity.origin().port()),
                Remote.address(client.channel().localAddress()),
                client.connected(),
                since(client.watch().askedAt()),
                waits ? TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - client.waitsSince()) : 0,
                Closing.NO,
                Optional.ofNullable(to).map(ServerConnection::number),
                0,
                identity.origin().tls(),
                identity.settings().getOrDefault("application_name", ""),
                client.stream().prepared());
    }

    static SocketLine of(ServerConnection server) {
        ClientConnection from = server.client();
        return new SocketLine(
                Side.SERVER,
                server.number(),
                server.pool().name().user(),
                server.pool().name().database(),
                switch (server.stay().state()) {
                    case ACTIVE -> "active";
                    case IDLE -> "idle";
                    case TESTED -> "tested";
                    case LOGIN, GONE -> "new";
                },
                "none",
                Remote.address(server.channel().remoteAddress()),
                Remote.address(server.channel().localAddress()),
                server.connected(),
                server.linkedAt() == 0 ? server.connected() : since(server.linkedAt()),
                0,
                server.pool().isStale(server) ? Closing.WHEN_FREE : Closing.NO,
                Optional.ofNullable(from).map(linked -> linked.identity().number()),
                server.welcome().process(),
                TlsSession.words(server.channel()),
                from == null ? "" : from.identity().settings().getOrDefault("application_name", ""),
                server.side().prepared());
    }

    /// A client that replicates.
    static SocketLine ofClient(Passage passage) {
        Identity identity = passage.identity();
        return new SocketLine(
                Side.CLIENT,
                identity.number(),
                identity.user(),
                identity.database(),
                "active",
                identity.replication().word(),
                new Address(identity.origin().host(), identity.origin().port()),
                Remote.address(passage.ends().client().localAddress()),
                passage.began(),
                passage.began(),
                0,
                Closing.NO,
                Optional.of(passage.ends().number()),
                0,
                identity.origin().tls(),
                identity.settings().getOrDefault("application_name", ""),
                0);
    }

    /// Its server.
    static SocketLine ofServer(Passage passage) {
        Identity identity = passage.identity();
        return new SocketLine(
                Side.SERVER,
                passage.ends().number(),
                identity.user(),
                identity.database(),
                "active",
                identity.replication().word(),
                Remote.address(passage.ends().server().remoteAddress()),
                Remote.address(passage.ends().server().localAddress()),
                passage.began(),
                passage.began(),
                0,
                Closing.NO,
                Optional.of(identity.number()),
                passage.process(),
                TlsSession.words(passage.ends().server()),
                identity.settings().getOrDefault("application_name", ""),
                0);
    }

    /// @param nanos of the monotonic clock
    private static Instant since(long nanos) {
        return Instant.now().minusNanos(System.nanoTime() - nanos);
    }
}
