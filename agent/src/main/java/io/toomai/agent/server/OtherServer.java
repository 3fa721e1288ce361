package io.toomai.agent.server;

import io.toomai.core.cluster.History;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.RemoteReading;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import io.toomai.postgres.Endpoint;
import io.toomai.postgres.Login;
import io.toomai.wire.ConnectOptions;
import io.toomai.wire.Credentials;
import io.toomai.wire.ReplicationConnection;
import io.toomai.wire.SystemIdentity;
import io.toomai.wire.Tls;
import io.toomai.wire.TlsMode;
import io.toomai.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks servers elsewhere who they are, over a replication connection. Any thread; each question
/// ends within four seconds for each server.
final class OtherServer {
    private static final Logger log = LoggerFactory.getLogger(OtherServer.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Login replication;
    private final Supplier<MonoTime> clock;

    OtherServer(Login replication, Supplier<MonoTime> clock) {
        this.replication = replication;
        this.clock = clock;
    }

    /// Empty where it does not answer.
    Optional<ServerIdentity> identity(Endpoint server) {
        try (ReplicationConnection connection = open(server)) {
            return Optional.of(
                    new ServerIdentity(
                            new SystemIdentifier(connection.identifySystem().systemId()),
                            standing(connection)));
        } catch (WireException e) {
            log.warn("{} could not be asked who it is: {}", server, e.getMessage());
            return Optional.empty();
        }
    }

    /// All that a standby cluster's leader wants to know of the server that it follows. Of several
    /// the first that is a primary answers.
    RemoteReading read(Upstream upstream) {
        List<String> failures = new ArrayList<>();
        for (Upstream.Server server : servers(upstream)) {
            try {
                RemoteReading.Answered answer = ask(server);
                if (upstream instanceof Upstream.Server
                        || answer.standing() == PeerStatus.Standing.PRIMARY) {
                    return answer;
                }
                failures.add(server.text() + " is no primary");
            } catch (WireException e) {
                failures.add(server.text() + ": " + e.getMessage());
            }
        }
        return failures.isEmpty()
                ? RemoteReading.NOT_ASKED
                : new RemoteReading.Silent(String.join("; ", failures), clock.get());
    }

    /// The server that a standby cluster is copied from.
    ///
    /// @throws ServerException where none answers, or none is named
    Command.Source source(Upstream remote) {
        return switch (read(remote)) {
            case RemoteReading.Answered answer ->
                    Command.Source.remote(answer.server(), answer.system());
            case RemoteReading.Silent(var why, _) ->
                    throw new ServerException(
                            "the server of standby_cluster does not answer: " + why);
            case RemoteReading.NotAsked _ ->
                    throw new ServerException(
                            "standby_cluster names no host, so there is nothing to copy from");
        };
    }

    static List<Upstream.Server> servers(Upstream upstream) {
        return switch (upstream) {
            case Upstream.None _ -> List.of();
            case Upstream.Server server -> List.of(server);
            case Upstream.FirstPrimaryOf(var several) -> several;
        };
    }

    private RemoteReading.Answered ask(Upstream.Server server) {
        try (ReplicationConnection connection = open(new Endpoint(server.host(), server.port()))) {
            SystemIdentity identity = connection.identifySystem();
            int timeline = identity.timeline();
            List<History.Line> lines =
                    timeline == 1
                            ? List.of()
                            : TimelineFiles.parse(
                                    new String(
                                            connection.timelineHistory(timeline).content(),
                                            StandardCharsets.UTF_8));
            return new RemoteReading.Answered(
                    server,
                    new SystemIdentifier(identity.systemId()),
                    standing(connection),
                    new Timeline(timeline),
                    Lsn.parse(identity.lsn()),
                    new History(History.Presence.PRESENT, lines),
                    clock.get());
        }
    }

    private static PeerStatus.Standing standing(ReplicationConnection connection) {
        return connection.show("in_hot_standby").equals("off")
                ? PeerStatus.Standing.PRIMARY
                : PeerStatus.Standing.STANDBY;
    }

    private ReplicationConnection open(Endpoint server) {
        Credentials credentials =
                new Credentials(
                        replication.user(), replication.password().map(p -> p.reveal()).orElse(""));
        return ReplicationConnection.open(
                ConnectOptions.to(server.host(), server.port(), credentials)
                        .withTls(Tls.of(tls()))
                        .withTimeouts(PATIENCE, PATIENCE)
                        .withApplicationName("Toomai identity"));
    }

    /// Nothing secret is asked for and nothing is believed that is not proven again, so a
    /// certificate is not checked here.
    private TlsMode tls() {
        return switch (replication.options().getOrDefault("sslmode", "prefer")) {
            case "disable" -> TlsMode.DISABLE;
            case "allow", "prefer" -> TlsMode.PREFER;
            default -> TlsMode.REQUIRE;
        };
    }
}
