package io.toomai.settings;

import io.toomai.core.model.Secret;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// The `toomai.store` section: the embedded store's voters and which of them this node is.
///
/// @param voters sorted by id; at least one
/// @param id this node's voter; absent = this node only uses the store
/// @param clientListen address for clients of the local voter; loopback unless configured
/// @param clientPort port for clients of the local voter
/// @param password shared by all nodes; authenticates voters and clients
public record StoreSettings(
        List<Voter> voters,
        Optional<Integer> id,
        Path dataDir,
        String clientListen,
        int clientPort,
        Optional<Secret> password)
        implements ConsensusStore {
    public StoreSettings {
        voters = List.copyOf(voters);
    }

    /// This node's own voter.
    public Optional<Voter> self() {
        return id.flatMap(own -> voters.stream().filter(voter -> voter.id() == own).findFirst());
    }

    /// `host:port,host:port` of all voters' client ports, the own one through its listen address
    /// and first.
    public String connectString() {
        String others =
                voters.stream()
                        .filter(voter -> !id.filter(own -> own == voter.id()).isPresent())
                        .map(voter -> new HostPort(voter.host(), voter.clientPort()).toString())
                        .collect(Collectors.joining(","));
        if (self().isEmpty()) {
            return others;
        }
        String own = new HostPort(localClientHost(), clientPort).toString();
        return others.isEmpty() ? own : own + "," + others;
    }

    private String localClientHost() {
        return switch (clientListen) {
            case "*", "0.0.0.0", "::" -> "127.0.0.1";
            default -> clientListen;
        };
    }

    /// One voter as its peers see it.
    public record Voter(int id, String host, int peerPort, int electionPort, int clientPort) {
        public HostPort peerAddress() {
            return new HostPort(host, peerPort);
        }
    }
}
