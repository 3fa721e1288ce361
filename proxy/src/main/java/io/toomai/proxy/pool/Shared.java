package io.toomai.proxy.pool;

/// What several pools share: the number of servers that a database or a user may have in all.
public interface Shared {
    /// Counts one more server, if there may be one: perhaps another pool gives one up for it. A
    /// pool to which one is refused hears [Pool#placeIsFree] later.
    boolean mayOpen(Pool<?, ?> by, long now);

    /// One that was counted is gone.
    void closed(Pool<?, ?> by, long now);
}
