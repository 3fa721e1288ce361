package io.toomai.dcs.zookeeper;

import java.time.Duration;

/// How long a server may leave a small question unanswered before another one is tried. Short,
/// since whoever sees nothing of the store takes nobody's place; but twice as long after each
/// server that was left in vain, up to a third of the session: a store that is slow as a whole must
/// not be asked over and over again. Used by one thread.
final class ServerPatience {
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final int MOST_DOUBLINGS = 10;

    private int leftInVain;

    Duration limit(Duration ttl) {
        Duration limit = FIRST.multipliedBy(1L << leftInVain);
        Duration third = ttl.dividedBy(3);
        Duration most = third.compareTo(FIRST) < 0 ? FIRST : third;
        return limit.compareTo(most) < 0 ? limit : most;
    }

    void answered() {
        leftInVain = 0;
    }

    void left() {
        leftInVain = Math.min(leftInVain + 1, MOST_DOUBLINGS);
    }
}
