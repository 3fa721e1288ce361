package io.toomai.proxy.pool;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The question of one event loop whether another one can leave it a place. It goes from loop to
/// loop: the first that has an idle server gives it up; if there is none, and who asks may claim
/// one, a pool of the loop whose pool has most owes one. Then it comes home with an answer.
///
/// At any moment it belongs to the loop at which it is. A [Ceiling] has one on its way at a time.
final class Inquiry {
    /// How much of others a pool may claim. Each may claim what the one before may, too.
    enum Need {
        /// What nobody uses.
        ONE_MORE,
        /// It has waited for a while and has less than its share: of those that have more.
        ITS_SHARE,
        /// It has waited for a while and has nothing: even what another keeps for later, and a turn
        /// where there are more pools than places.
        ITS_FIRST
    }

    /// What came of it.
    enum Answer {
        /// A place becomes free, or is not wanted any more.
        DONE,
        NOTHING
    }

    private final Ceiling home;
    private final Pool<?, ?> pool;
    private final Need need;
    private final long now;
    private final Deque<Ceiling> ahead;
    private @Nullable Ceiling debtor;
    private int debtorKeeps;

    /// @param pool of the asking loop; others do not look into it
    Inquiry(Ceiling home, Pool<?, ?> pool, Need need, long now, List<Ceiling> others) {
        this.home = home;
        this.pool = pool;
        this.need = need;
        this.now = now;
        this.ahead = new ArrayDeque<>(others);
    }

    Pool<?, ?> pool() {
        return pool;
    }

    Need need() {
        return need;
    }

    /// When it was asked.
    long now() {
        return now;
    }

    /// A loop has no idle server, but a pool that keeps so many.
    void mayOwe(Ceiling ceiling, int keeps) {
        if (debtor == null || keeps > debtorKeeps) {
            debtor = ceiling;
            debtorKeeps = keeps;
        }
    }

    /// To the next loop. One that has ended is passed over.
    void goOn() {
        for (Ceiling next = ahead.poll(); next != null; next = ahead.poll()) {
            Ceiling there = next;
            if (there.tell(() -> there.hear(this))) {
                return;
            }
        }
        Ceiling owing = debtor;
        debtor = null;
        if (owing == null || !owing.tell(() -> owing.hearClaim(this))) {
            end(Answer.NOTHING);
        }
    }

    void end(Answer answer) {
        home.tell(() -> home.hearAnswer(answer, now));
    }
}
