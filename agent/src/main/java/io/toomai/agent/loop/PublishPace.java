package io.toomai.agent.loop;

import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.Member.Position;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.Optional;

/// When this node's member key is written. Each write wakes every watcher of the cluster, and in a
/// switchover cycles follow each other closely: what changes nothing but positions in the WAL waits
/// for its turn. Who decides by a position asks the member for it. For the loop's thread.
final class PublishPace {
    /// Between two writes of nothing but positions.
    private static final Duration POSITIONS = Duration.ofSeconds(1);

    private Optional<Written> written = Optional.empty();

    private record Written(Member member, MonoTime at) {}

    /// Whether it is time to write it like this.
    boolean isDue(Member portrait, MonoTime now) {
        return written.filter(last -> now.since(last.at()).compareTo(POSITIONS) < 0)
                .filter(last -> withoutPositions(last.member()).equals(withoutPositions(portrait)))
                .isEmpty();
    }

    /// It is written like this now.
    void isWritten(Member portrait, MonoTime now) {
        written = Optional.of(new Written(portrait, now));
    }

    private static Member withoutPositions(Member member) {
        Position position = member.position();
        return member.with(
                new Position(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        position.replicationState(),
                        position.timeline()));
    }
}
