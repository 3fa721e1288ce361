package io.toomai.dcs.embedded;

import io.toomai.core.model.Secret;
import io.toomai.settings.HostPort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// One member of the embedded store, voter or observer. Peers reach it on its own ports, clients on
/// another one. The lists found a store and find one to join; whom a running store has is what it
/// has recorded itself (decision 0016).
///
/// @param myId number of this member in the lists
/// @param dataDir directory of the store alone; must survive restarts, because a voter that forgot
///   what it promised must not vote
/// @param voters all voters, the same list on each; one is enough for a single machine
/// @param observers have the data and no vote
/// @param tls how members prove themselves to each other; without it they do not
/// @param clients where and to whom this member alone is open for clients
public record EmbeddedStoreSettings(
        int myId,
        Path dataDir,
        List<Voter> voters,
        List<Voter> observers,
        Timing timing,
        Optional<Tls> tls,
        Clients clients) {
    public EmbeddedStoreSettings {
        voters = List.copyOf(voters);
        observers = List.copyOf(observers);
        List<Voter> all = Stream.concat(voters.stream(), observers.stream()).toList();
        int number = myId;
        if (all.stream().filter(voter -> voter.id() == number).count() != 1) {
            throw new IllegalArgumentException(
                    "toomai.store: voter " + myId + " must be listed once among " + all);
        }
        if (all.stream().map(Voter::id).distinct().count() != all.size()) {
            throw new IllegalArgumentException("toomai.store: voter ids repeat: " + all);
        }
    }

    /// Voters alone, unencrypted, open for clients on this host.
    public EmbeddedStoreSettings(int myId, Path dataDir, List<Voter> voters, Timing timing) {
        this(
                myId,
                dataDir,
                voters,
                List.of(),
                timing,
                Optional.empty(),
                Clients.onLoopback(
                        voters.stream()
                                .filter(voter -> voter.id() == myId)
                                .findFirst()
                                .map(Voter::clientPort)
                                .orElse(0)));
    }

    /// Clients of one member. Whoever may use the store can take the lead away, so a member that
    /// other hosts reach wants a password.
    ///
    /// @param listen where it listens
    /// @param own where clients in this process reach it
    /// @param password without it everybody is served; the same on all members
    public record Clients(HostPort listen, HostPort own, Optional<Secret> password) {
        /// Those on this host, whoever they are.
        public static Clients onLoopback(int port) {
            HostPort loopback = new HostPort("127.0.0.1", port);
            return new Clients(loopback, loopback, Optional.empty());
        }
    }

    /// Mutual TLS between members of the store. Files are PEM and read when the process starts.
    ///
    /// @param certificate of this member, with what leads to an authority
    /// @param key PKCS#8, unencrypted
    /// @param authorities whose certificates the others must have
    public record Tls(Path certificate, Path key, Path authorities, HostCheck hostCheck) {}

    /// Whether a member's certificate must name the host by which it was reached.
    public enum HostCheck {
        ON,
        OFF
    }

    /// @param host name or address by which the others reach it and on which it listens
    /// @param clientPort for clients on other machines, if it listens for them
    public record Voter(int id, String host, int peerPort, int electionPort, int clientPort) {}

    /// How quickly silence is noticed. A session must be longer than `syncLimit × tick` plus 2.5 s,
    /// or a frozen store leader ends the sessions of healthy members (dcs.md §2).
    ///
    /// @param syncLimit ticks after which a silent peer is dropped
    /// @param initLimit ticks a peer may take to catch up at first
    public record Timing(
            Duration tick, int syncLimit, int initLimit, Duration minSession, Duration maxSession) {
        public static final Timing DEFAULT =
                new Timing(
                        Duration.ofMillis(250),
                        4,
                        40,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(120));
    }

    public Voter me() {
        return Stream.concat(voters.stream(), observers.stream())
                .filter(voter -> voter.id() == myId)
                .findFirst()
                .orElseThrow();
    }

    /// What this member is listed as.
    public StoreRole role() {
        return voters.contains(me()) ? StoreRole.VOTER : StoreRole.OBSERVER;
    }

    /// Where a client in this process connects to.
    public String connectString() {
        return clients.own().toString();
    }
}
