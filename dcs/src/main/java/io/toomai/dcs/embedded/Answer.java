package io.toomai.dcs.embedded;

/// What came back from a voter's election port.
sealed interface Answer {

    /// It has no data and no store runs there: it waits to found one.
    ///
    /// @param list digest of the voters that it would found with
    record Waits(Phase phase, String list) implements Answer {}

    /// How far a voter without data is.
    enum Phase {
        /// Has promised nothing.
        FRESH,
        /// Has seen every listed voter without data, and written that down.
        READY
    }

    /// A ZooKeeper answers: it has data, or joins a store that has.
    ///
    /// @param leader id of whom it votes for or follows
    record Runs(StoreState state, long leader, Membership membership) implements Answer {}

    /// Nothing that can be understood, in time.
    record Silent(String why) implements Answer {}
}
