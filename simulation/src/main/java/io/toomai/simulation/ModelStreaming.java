package io.toomai.simulation;

import io.toomai.core.ha.Upstream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// The replication connections of one server: to its standbys, and as a standby from its upstream.
final class ModelStreaming {
    private final World world;
    private final ModelPostgres server;
    private final Chance chance;

    private Upstream upstream = new Upstream.None();
    private final List<WalStream> senders = new ArrayList<>();
    private Optional<WalStream> receiver = Optional.empty();

    /// Tells the attempts to connect apart: a later one replaces an earlier one.
    private int attempt;

    ModelStreaming(World world, ModelPostgres server) {
        this.world = world;
        this.server = server;
        this.chance = world.chance();
    }

    /// Its connections to standbys, as they are now.
    List<WalStream> senders() {
        return Collections.unmodifiableList(senders);
    }

    Upstream upstream() {
        return upstream;
    }

    boolean sendsTo(String standby) {
        return senders.stream().anyMatch(s -> s.standbyName().equals(standby));
    }

    boolean isReceiving() {
        return receiver.isPresent();
    }

    /// Sends to all standbys what has become durable.
    void pump() {
        senders.forEach(WalStream::pump);
    }

    /// What the receiver brought is durable here.
    void received(WalRecord record) {
        server.data.reached(record);
        if (chance.once(5)) {
            server.data.minRecovery = record.back(chance.between(0, 20));
        }
        pump();
    }

    /// Where the next receiver begins; one that runs goes on.
    void startsFrom(Upstream next) {
        upstream = next;
    }

    void follow(Upstream next) {
        if (!next.equals(upstream)) {
            upstream = next;
            receiver.ifPresent(WalStream::hangUp);
            if (server.run == ModelPostgres.Run.STANDBY) {
                server.process.after(chance.between(5, 200), this::tryConnect);
            }
        }
    }

    /// Tries again and again until it receives, as long as this start of the server is a standby.
    void connect() {
        int mine = ++attempt;
        server.process.after(
                chance.between(200, 1500),
                () -> {
                    if (mine == attempt && server.run == ModelPostgres.Run.STANDBY) {
                        tryConnect();
                        if (receiver.isEmpty()) {
                            connect();
                        }
                    }
                });
    }

    private void tryConnect() {
        if (receiver.isPresent()
                || upstream.equals(Scenario.ELSEWHERE)
                || !(upstream instanceof Upstream.Server(var host, _))) {
            return;
        }
        ModelPostgres source = world.node(host).postgres();
        boolean up =
                source.run == ModelPostgres.Run.PRIMARY || source.run == ModelPostgres.Run.STANDBY;
        if (source != server
                && up
                && !source.process.isFrozen()
                && world.network().reaches(server.name.value(), host)
                && server.data.head.isIn(source.data.head)) {
            WalStream stream = new WalStream(world, source, server);
            receiver = Optional.of(stream);
            source.streaming.senders.add(stream);
            stream.pump();
        }
    }

    void detach(WalStream stream) {
        senders.remove(stream);
        if (receiver.filter(r -> r == stream).isPresent()) {
            receiver = Optional.empty();
            if (server.run == ModelPostgres.Run.STANDBY) {
                connect();
            }
        }
    }

    /// A primary has no upstream.
    void promote() {
        receiver.ifPresent(WalStream::close);
        upstream = new Upstream.None();
    }

    /// The server has ended, and its connections with it.
    void close() {
        receiver.ifPresent(WalStream::close);
        List.copyOf(senders).forEach(WalStream::close);
    }
}
