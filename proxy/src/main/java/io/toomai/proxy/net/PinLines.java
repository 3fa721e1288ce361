package io.toomai.proxy.net;

import io.toomai.proxy.config.PoolMode;
import io.toomai.proxy.console.Overview.Address;
import io.toomai.proxy.console.Overview.Pin;
import io.toomai.proxy.console.Overview.PinLine;
import io.toomai.proxy.net.Destination.Target;
import io.toomai.proxy.relay.ServerSide;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// What the console says of clients that keep a server, and why they do. Belongs to the event loop
/// of their wing.
final class PinLines {
    static final Comparator<PinLine> AS_THEY_CAME = Comparator.comparingLong(PinLine::client);

    private PinLines() {}

    static List<PinLine> of(Wing wing, long now) {
        List<PinLine> lines = new ArrayList<>();
        for (ServerPool pool : wing.pools().all()) {
            pool.forEachServer((target, server) -> {
                ClientConnection client = server.client();
                if (client != null) {
                    lines.add(of(client, server, target, now));
                }
            });
        }
        wing.replication().all().forEach(passage -> lines.add(of(passage)));
        lines.sort(AS_THEY_CAME);
        return lines;
    }

    private static PinLine of(
            ClientConnection client, ServerConnection server, Target target, long now) {
        Identity identity = client.identity();
        Pin doing = doing(server);
        boolean keepsSession = client.mode() == PoolMode.SESSION;
        return new PinLine(
                identity.number(),
                identity.database(),
                identity.user(),
                new Address(identity.origin().host(), identity.origin().port()),
                target.name(),
                server.welcome().process(),
                keepsSession ? Pin.SESSION : doing,
                keepsSession ? ofSession(client, doing) : doing.text(),
                Math.max(0, TimeUnit.NANOSECONDS.toSeconds(now - server.linkedAt())));
    }

    private static PinLine of(Passage passage) {
        Identity identity = passage.identity();
        return new PinLine(
                identity.number(),
                identity.database(),
                identity.user(),
                new Address(identity.origin().host(), identity.origin().port()),
                passage.ends().target().name(),
                passage.process(),
                Pin.REPLICATION,
                Pin.REPLICATION.text(),
                Math.max(0, Duration.between(passage.began(), Instant.now()).toSeconds()));
    }

    /// It keeps the server whatever it does; more is known where the server was asked, or has said.
    private static String ofSession(ClientConnection client, Pin doing) {
        Optional<String> kept = client.belongings().tie();
        if (kept.isEmpty() && client.stream().mayHaveSetUnseen()) {
            kept = Optional.of("parameters with names of its own");
        }
        return Pin.SESSION.text()
                + kept.map(what -> "; its server keeps for it: " + what).orElse("")
                + (doing == Pin.NOTHING ? "" : "; " + doing.text());
    }

    private static Pin doing(ServerConnection server) {
        ServerSide side = server.side();
        if (side.isCopying()) {
            return Pin.COPY;
        }
        if (side.isInTransaction()) {
            return inTransaction(side);
        }
        if (side.waitsForSync()) {
            return Pin.PIPELINE;
        }
        if (!side.isReady()) {
            return Pin.QUERY;
        }
        return server.isFree() ? Pin.NOTHING : Pin.MESSAGE;
    }

    private static Pin inTransaction(ServerSide side) {
        if (side.owesAnswers()) {
            return Pin.ACTIVE_TRANSACTION;
        }
        return side.hasFailedTransaction() ? Pin.FAILED_TRANSACTION : Pin.IDLE_TRANSACTION;
    }
}
