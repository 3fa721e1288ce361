package io.toomai.settings;

import io.toomai.core.model.Secret;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The `toomai.store` section: the embedded store's voters and which of them this node is.
///
/// @param voters sorted by id; at least one
/// @param id this node's voter; absent = this node only uses the store
/// @param clientListen address for clients of the local voter; other than loopback only with a
///   password
/// @param clientPort port for clients of the local voter
/// @param password shared by all nodes; the voters serve only clients that show it
/// @param observers members that have the data and no vote, sorted by id
/// @param tls how members of the store prove themselves to each other
public record StoreSettings(
        List<Voter> voters,
        Optional<Integer> id,
        Path dataDir,
        String clientListen,
        int clientPort,
        Optional<Secret> password,
        List<Voter> observers,
        Optional<Tls> tls)
        implements ConsensusStore {
    public StoreSettings {
        voters = List.copyOf(voters);
        observers = List.copyOf(observers);
    }

    /// PEM files of this member.
    ///
    /// @param key in PKCS#8
    public record Tls(Path certificate, Path key, Path authorities, HostCheck hostCheck) {}

    /// Whether a member's certificate must name the host by which it was reached.
    public enum HostCheck {
        ON,
        OFF
    }

    /// This node's own voter or observer.
    public Optional<Voter> self() {
        return id.flatMap(own ->
                Stream.concat(voters.stream(), observers.stream())
                        .filter(voter -> voter.id() == own)
                        .findFirst());
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
        String own = ownClients().toString();
        return others.isEmpty() ? own : own + "," + others;
    }

    /// Where the local voter listens for clients.
    public HostPort clientAddress() {
        return new HostPort(clientListen.equals("*") ? "0.0.0.0" : clientListen, clientPort);
    }

    /// Where clients in this process reach the local voter.
    public HostPort ownClients() {
        return switch (clientListen) {
            case "*", "0.0.0.0", "::" -> new HostPort("127.0.0.1", clientPort);
            default -> clientAddress();
        };
    }

    /// One voter as its peers see it.
    public record Voter(int id, String host, int peerPort, int electionPort, int clientPort) {
        public HostPort peerAddress() {
            return new HostPort(host, peerPort);
        }
    }
}
