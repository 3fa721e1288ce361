package io.toomai.dcs.embedded;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// One voter of the embedded store. Clients reach it on loopback only; peers on the voters' ports.
///
/// @param myId number of this voter in the list
/// @param dataDir directory of the store alone; must survive restarts, because a voter that forgot
///   what it promised must not vote
/// @param voters all voters, the same list on each; one is enough for a single machine
public record EmbeddedStoreSettings(int myId, Path dataDir, List<Voter> voters, Timing timing) {
    public EmbeddedStoreSettings {
        voters = List.copyOf(voters);
        int number = myId;
        if (voters.stream().filter(voter -> voter.id() == number).count() != 1) {
            throw new IllegalArgumentException(
                    "toomai.store: voter " + myId + " must be listed once among " + voters);
        }
        if (voters.stream().map(Voter::id).distinct().count() != voters.size()) {
            throw new IllegalArgumentException("toomai.store: voter ids repeat: " + voters);
        }
    }

    /// @param host name or address by which the others reach it and on which it listens
    /// @param clientPort on loopback of its own machine
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
        return voters.stream().filter(voter -> voter.id() == myId).findFirst().orElseThrow();
    }

    /// Where a client in this process connects to.
    public String connectString() {
        return "127.0.0.1:" + me().clientPort();
    }
}
