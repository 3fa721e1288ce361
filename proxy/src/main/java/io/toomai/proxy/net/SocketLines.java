package io.toomai.proxy.net;

import io.toomai.proxy.console.Overview.Address;
import io.toomai.proxy.console.Overview.Alike;
import io.toomai.proxy.console.Overview.Closing;
import io.toomai.proxy.console.Overview.Side;
import io.toomai.proxy.console.Overview.SocketLine;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// What the console says of one connection. Belongs to its event loop.
final class SocketLines {
    private static final String ACTIVE = "active";

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
                state(client),
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
                applicationName(identity),
                client.stream().prepared());
    }

    private static String state(ClientConnection client) {
        if (client.waitsForServer()) {
            return "waiting";
        }
        return client.server() == null ? "idle" : ACTIVE;
    }

    /// All clients of a wing, without a line for each of them.
    static Map<Alike, Integer> alike(Wing wing) {
        Map<Alike, Integer> alike = new LinkedHashMap<>();
        wing.clients()
                .all()
                .forEach(client ->
                        alike.merge(alike(client.identity(), state(client)), 1, Integer::sum));
        wing.replication()
                .all()
                .forEach(
                        passage -> alike.merge(alike(passage.identity(), ACTIVE), 1, Integer::sum));
        return alike;
    }

    private static Alike alike(Identity identity, String state) {
        return new Alike(identity.database(), identity.user(), applicationName(identity), state);
    }

    private static String applicationName(Identity identity) {
        return identity.settings().getOrDefault("application_name", "");
    }

    static SocketLine of(ServerConnection server) {
        ClientConnection from = server.client();
        return new SocketLine(
                Side.SERVER,
                server.number(),
                server.pool().name().user(),
                server.pool().name().database(),
                switch (server.stay().state()) {
                    case ACTIVE -> ACTIVE;
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
                from == null ? "" : applicationName(from.identity()),
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
                ACTIVE,
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
                applicationName(identity),
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
                ACTIVE,
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
                applicationName(identity),
                0);
    }

    /// @param nanos of the monotonic clock
    private static Instant since(long nanos) {
        return Instant.now().minusNanos(System.nanoTime() - nanos);
    }
}
