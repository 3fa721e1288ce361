package io.toomai.agent;

import io.toomai.core.cluster.History;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// What the simulated servers of one cluster share: their network, by port, and the history of
/// their timelines. Replication takes no time and loses nothing. Whoever reads or changes a server
/// holds this object's lock.
final class SimulatedWal {
    static final SystemIdentifier SYSTEM = new SystemIdentifier("7683924471234567890");

    private final Map<Integer, SimulatedServer> servers = new ConcurrentHashMap<>();
    private final List<History.Line> history = new ArrayList<>();

    void join(int port, SimulatedServer server) {
        servers.put(port, server);
    }

    /// The server that is listening there, whatever it runs as.
    Optional<SimulatedServer> at(int port) {
        return Optional.ofNullable(servers.get(port));
    }

    List<SimulatedServer> streamingFrom(int port) {
        return servers.values().stream().filter(server -> server.streamsFrom(port)).toList();
    }

    /// Somebody leaves his timeline at that position.
    ///
    /// @return the timeline that begins there
    Timeline promoted(Timeline left, Lsn at, MemberName who, String when) {
        history.removeIf(line -> !line.timeline().isBefore(left));
        history.add(
                new History.Line(
                        left,
                        at,
                        "no recovery target specified",
                        Optional.of(when),
                        Optional.of(who.value())));
        return new Timeline(left.number() + 1);
    }

    /// How the servers came to that timeline.
    List<History.Line> historyOf(Timeline timeline) {
        return history.stream().filter(line -> line.timeline().isBefore(timeline)).toList();
    }
}
