package io.toomai.proxy.route;

import io.toomai.core.model.Lsn;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;

/// What the connections of one application have written, in so far as their reads must see it: a
/// position in the WAL at or behind the end of each transaction whose end they have heard of. Not
/// thread safe: belongs to an event loop.
public final class CausalGroup {
    /// Servers on which a transaction has ended, and whose position then is not known yet.
    private final Set<Object> unsettled = Collections.newSetFromMap(new IdentityHashMap<>());

    private Lsn written;
    private Knowledge knowledge;
    private long questions;
    private long lostAt;
    private int members;

    private enum Knowledge {
        COMPLETE,
        /// A server went before it had told where it was.
        LOST
    }

    /// @param written what is to be seen from the beginning
    CausalGroup(Lsn written) {
        this.written = written;
        knowledge = Knowledge.COMPLETE;
    }

    /// A transaction has ended there, and its client hears so now.
    public void ended(Object server) {
        unsettled.add(server);
    }

    /// A server is being asked for its position.
    ///
    /// @return to be given to [#settled]
    public long asks() {
        return ++questions;
    }

    /// That server was at this position later than at that end. What a primary says covers all that
    /// went before the question, on whatever connection.
    ///
    /// @param position zero where nothing can be written
    public void settled(Object server, Lsn position, long question) {
        unsettled.remove(server);
        written = Lsn.max(written, position);
        if (!position.isZero() && question > lostAt) {
            knowledge = Knowledge.COMPLETE;
        }
    }

    /// Nobody will learn its position.
    public void lost(Object server) {
        if (unsettled.remove(server)) {
            knowledge = Knowledge.LOST;
            lostAt = questions;
        }
    }

    /// What a replica must have replayed to be read from. Nothing while that is not known.
    public Optional<Lsn> needed() {
        return unsettled.isEmpty() && knowledge == Knowledge.COMPLETE
                ? Optional.of(written)
                : Optional.empty();
    }

    /// Whether [#needed] stays empty until something more is written.
    public boolean isLost() {
        return knowledge == Knowledge.LOST;
    }

    /// A connection says that it belongs to it.
    public void enters() {
        members++;
    }

    public void leaves() {
        members--;
    }

    boolean isUnused() {
        return members == 0 && unsettled.isEmpty();
    }
}
