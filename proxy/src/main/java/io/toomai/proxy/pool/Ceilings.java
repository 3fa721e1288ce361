package io.toomai.proxy.pool;

import java.util.ArrayList;
import java.util.List;

/// All limits that one pool shares with others: its database's and its user's.
public final class Ceilings implements Shared {
    private final List<Ceiling> above;

    public Ceilings(Ceiling... above) {
        this.above = new ArrayList<>(List.of(above));
    }

    /// From now on the pool takes part.
    public void join(Pool<?, ?> pool) {
        above.forEach(ceiling -> ceiling.join(pool));
    }

    /// The pool is gone, as are its servers.
    public void part(Pool<?, ?> pool) {
        above.forEach(ceiling -> ceiling.part(pool));
    }

    /// From now on these limits hold for the pool, whose servers go with it.
    public void become(Ceilings others, Pool<?, ?> pool, long now) {
        for (int i = 0; i < above.size(); i++) {
            Ceiling before = above.get(i);
            Ceiling next = others.above.get(i);
            if (!next.equals(before)) {
                above.set(i, next);
                next.takeIn(pool);
                before.letGo(pool, now);
            }
        }
    }

    @Override
    public boolean mayOpen(Pool<?, ?> by, long now) {
        for (Ceiling ceiling : above) {
            if (!ceiling.couldHavePlace(by, now)) {
                return false;
            }
        }
        for (int taken = 0; taken < above.size(); taken++) {
            if (!above.get(taken).take(by, now)) { // somebody was faster
                above.subList(0, taken).forEach(ceiling -> ceiling.giveBack(by, now));
                return false;
            }
        }
        return true;
    }

    @Override
    public void closed(Pool<?, ?> by, long now) {
        above.forEach(ceiling -> ceiling.hasFewer(by)); // before anybody hears of a place
        above.forEach(ceiling -> ceiling.giveBack(by, now));
    }
}
