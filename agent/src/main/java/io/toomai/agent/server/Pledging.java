package io.toomai.agent.server;

import io.toomai.core.ha.Pledge;
import java.util.Optional;

/// The promise of the local PostgreSQL to receive no WAL from a leader (design §5).
public interface Pledging {
    /// This node's durable pledge, also one from before a restart (design §5). It binds this node,
    /// but that it is kept may not have been seen yet: others are told [#provenPledge].
    Optional<Pledge> pledge();

    /// The pledge when this process has seen that PostgreSQL keeps it; the position observed after
    /// that is final.
    Optional<Pledge> provenPledge();

    /// Makes the pledge durable, then ends the WAL receiver and sees it gone, two seconds each at
    /// most. From then on no start and no `follow` lets it receive again until the pledge is
    /// withdrawn; also nothing is copied or rewound. Again with the same pledge, it proves anew.
    ///
    /// @throws RuntimeException when reception was not seen to end; the pledge binds all the same
    void makePledge(Pledge pledge);

    /// Forgets the pledge; receives nothing by itself. A promotion and a start as primary forget it
    /// too.
    void withdrawPledge();
}
