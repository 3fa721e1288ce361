package io.toomai.simulation;

import java.util.List;

/// A bug planted on purpose, to prove that the checkers would see it.
public enum Mutant {
    NONE(Plot.FAULTS),
    /// A lease counts from the reply instead of from a request the store has counted.
    LEASE_FROM_REPLY(Plot.LATE_ANSWERS),
    /// The guard does nothing when the lease ends.
    GUARD_SLEEPS(Plot.FAULTS),
    /// The guard stops PostgreSQL when the lease ends, not half a second before.
    GUARD_WITHOUT_MARGIN(Plot.DRIFTING_CLOCKS),
    /// The leader adds standbys to `/sync` before they have confirmed.
    SYNC_GROWN_TOO_EARLY(Plot.SLOW_CATCH_UP),
    /// `synchronous_standby_names` is shrunk before `/sync`.
    PARAMETER_SHRUNK_FIRST(Plot.DEATH_BETWEEN_COMMANDS),
    /// `WriteSync` does not compare the revision.
    SYNC_WRITTEN_BLINDLY(Plot.LATE_SYNC_WRITE),
    /// Who takes the key does not look at `/sync`.
    RACE_IGNORES_SYNC(Plot.FAULTS),
    /// Who takes the key compares its WAL position neither with the peers' nor with what the leader
    /// had published.
    RACE_IGNORES_POSITION(Plot.LAGGING_STANDBYS),
    /// A data directory is replaced without asking whether its source leads.
    REINITIALIZE_UNGUARDED(Plot.FAULTS),
    /// The store is not asked again after the source has been: the key may have moved.
    LEADER_CHECKED_ONCE(Plot.LATE_LEADER_CHECK),
    /// The key is handed over while the backends of a dead postmaster live on.
    HAND_OVER_WITH_ORPHANS(Plot.FAULTS),
    /// A new agent process does not know of the lease of the one before it.
    RESTART_FORGETS_LEASE(Plot.LATE_RETURN),
    /// Commands go on after one that was refused or failed.
    REFUSAL_IGNORED(Plot.CUT_BETWEEN_COMMANDS),
    /// A promotion does not ask again whether the lease is still held.
    PROMOTE_UNGUARDED(Plot.STILL_BEFORE_PROMOTION),
    /// An agent that starts again does not know of the promotion that the one before it asked for.
    PROMOTION_FORGOTTEN(Plot.DEATH_IN_PROMOTION),
    /// The takeover does not compare the revision of `/sync`.
    TAKEOVER_IGNORES_SYNC(Plot.WRONG_SUSPICIONS),
    /// The takeover does not compare the term of the leader key.
    TAKEOVER_IGNORES_TERM(Plot.LATE_TAKEOVER),
    /// A pledge is told, and relied on, while the WAL receiver goes on.
    PLEDGE_NOT_AWAITED(Plot.WRONG_SUSPICIONS),
    /// An agent that starts again does not know of its pledge.
    PLEDGE_FORGOTTEN(Plot.WRONG_SUSPICIONS),
    /// The key of a primary that hangs is given away while the server lives on.
    HANG_NOT_FENCED(Plot.HANGING_PRIMARY),
    /// In mode `quorum` the heir is named by what was known before the old server was ended.
    HEIR_NAMED_BEFORE_FENCE(Plot.HANGING_PRIMARY),
    /// One member need not agree that a leader without the store goes on.
    FAILSAFE_WITHOUT_ONE(Plot.FAILSAFE),
    /// A member that let a leader go on without the store races all the same.
    PROMISE_NOT_KEPT(Plot.FAILSAFE),
    /// A member that starts again does not know what it has promised.
    PROMISE_FORGOTTEN(Plot.FAILSAFE),
    /// An acceptance counts from its receipt instead of from the sending of the question.
    ACCEPTANCE_FROM_ANSWER(Plot.FAILSAFE),
    /// Who took the key over lets the former leader go on whose lease has not ended by its clock.
    TAKEOVER_FORGOTTEN(Plot.SLEPT_THROUGH),
    /// Who is not asked may take the key.
    RACE_IGNORES_FAILSAFE(Plot.FAILSAFE),
    /// A leader without the store asks nobody.
    NOBODY_ASKED(Plot.FAILSAFE, "I9"),
    /// A standby never takes back what it has pledged.
    PLEDGE_FOR_EVER(Plot.WRONG_SUSPICIONS, "I6"),
    /// The pre-promote script's status is not looked at.
    SCRIPT_FAILURE_IGNORED(Plot.VETOED_PROMOTIONS),
    /// The leader of a standby cluster does not know that it is one.
    STANDBY_CLUSTER_PROMOTED(Plot.DEMOTED_CLUSTER, "I11"),
    /// A switchover does not wait for what proxies have under way.
    STOPPED_BEFORE_QUIET(Plot.HELD_CLIENTS, "I12"),
    /// A proxy says that it holds its clients, and lets them begin.
    HOLD_IGNORED(Plot.HELD_CLIENTS, "I12"),
    /// A proxy does not hear that the hold has ended.
    HOLD_NEVER_ENDS(Plot.HELD_CLIENTS, "I6"),
    /// A leader that is not heard renews as seldom as ever.
    SELDOM_RENEWED(Plot.DEAF_STANDBYS, "I10");

    private static final String SAFETY = "I1 I2 I3 I4 I5";

    private final Plot plot;
    private final String shownBy;

    /// A bug of safety must be seen as one, not as a cluster that does not heal.
    Mutant(Plot plot) {
        this(plot, SAFETY);
    }

    Mutant(Plot plot, String shownBy) {
        this.plot = plot;
        this.shownBy = shownBy;
    }

    /// Whether the violation of that invariant proves it.
    public boolean isShownBy(String invariant) {
        return List.of(shownBy.split(" ")).contains(invariant);
    }

    /// The plot that shows it.
    public Plot plot() {
        return plot;
    }
}
