package io.toomai.core.ha;

/// Every row of the HA loop, with a number that never changes meaning. Logs, REST and the journal
/// print it.
public enum Rule {
    // the leader's life
    LEADER_CONTINUES(101, "holds the key, PostgreSQL is primary"),
    LEADER_PROMOTES(102, "holds the key, PostgreSQL is a standby"),
    LEADER_SWITCHES_OVER(103, "an operator wants another leader; candidates are fit"),
    LEADER_DECLINES_SWITCHOVER(104, "an operator wants another leader; nobody is fit"),
    LEADER_WAITS_FOR_SCHEDULE(105, "a switchover is scheduled for later"),
    LEADER_REATTACHES(106, "the key names this node, the lease is not (any more) this process's"),
    PRE_PROMOTE_ASKED(107, "holds the key, the pre-promote script is asked before promoting"),
    PRE_PROMOTE_REFUSED(108, "holds the key, the pre-promote script failed: it is given up"),
    STANDBY_LEADER_CONTINUES(
            111, "holds the key of a standby cluster, PostgreSQL follows the other"),
    STANDBY_LEADER_CHANGES_UPSTREAM(
            112, "the standby leader streams from elsewhere than it should"),
    STANDBY_LEADER_DIVERGED(109, "the standby leader has WAL that the other cluster does not have"),
    SWITCHOVER_PREPARES(113, "an operator wants another leader; a checkpoint comes first"),
    SWITCHOVER_HOLDS(114, "proxies hold their clients; what runs may finish"),
    CLUSTER_DEMOTED(110, "holds the key, PostgreSQL is primary, standby_cluster is set"),

    // followers
    FOLLOWER_CONTINUES(201, "somebody else leads, PostgreSQL is a standby"),
    FOLLOWER_CHANGES_UPSTREAM(202, "the standby streams from somewhere else than it should"),
    FOLLOWER_DIVERGED(203, "the standby has WAL that the leader's timeline does not have"),
    PRIMARY_WITHOUT_KEY(204, "somebody else leads, PostgreSQL is primary"),

    // takeover before the lease ends
    LEADER_SUSPECTED(206, "the leader is not heard, but not (yet) suspected by enough voters"),
    FOLLOWER_PLEDGES(207, "the leader seems dead; no more WAL is taken from it"),
    TAKEOVER_WAITS(208, "pledged; more pledges, or a better candidate, are waited for"),
    LEADER_TAKEN_OVER(209, "enough pledges: nothing more can be confirmed by the old leader"),
    PLEDGE_WITHDRAWN(210, "the store has moved on since the pledge"),

    // no leader
    RACE_WON(301, "the key is vacant and this node is the healthiest"),
    RACE_WAITS(302, "the key is vacant and another node should take it"),
    PRIMARY_RETAKES_KEY(303, "the key is vacant, PostgreSQL is primary on the newest timeline"),
    PRIMARY_OUTDATED(304, "the key is vacant, PostgreSQL is primary on an old timeline"),

    // PostgreSQL is down
    PRIMARY_RESTARTS_IN_PLACE(401, "the leader's PostgreSQL died; it is started again"),
    PRIMARY_HANDS_OVER(402, "the leader's PostgreSQL died; a standby has every confirmed commit"),
    PRIMARY_GIVES_UP(403, "the leader's PostgreSQL does not start"),
    SWITCHOVER_WAITS_FOR_CANDIDATE(404, "stopped cleanly; no candidate has all of the WAL yet"),
    SWITCHOVER_RELEASES_KEY(405, "stopped cleanly; a candidate has all of the WAL"),
    SWITCHOVER_ABORTED(406, "no candidate received the last WAL in time"),
    STANDBY_STARTS(407, "PostgreSQL is down and starts as a standby"),
    STANDBY_REWINDS(408, "the data has diverged and can be rewound"),
    STANDBY_RECLONES(409, "the data has diverged and is copied anew"),
    STANDBY_WAITS(410, "PostgreSQL is down and something must happen first"),
    POSTGRES_STARTING(411, "PostgreSQL does not accept connections yet"),
    POSTGRES_UNRESPONSIVE(412, "PostgreSQL lives and does not answer"),
    PRIMARY_HANGS(413, "the leader's PostgreSQL serves nobody, nor can anybody take over"),
    PRIMARY_HANGS_HANDS_OVER(414, "the leader's PostgreSQL serves nobody; a standby is fit"),

    // no data
    BOOTSTRAP_STARTS(501, "no cluster exists; this node makes it"),
    BOOTSTRAP_FINISHES(502, "the new cluster runs; it is announced"),
    BOOTSTRAP_FAILED(503, "making the cluster failed"),
    CLONE_STARTS(504, "no data; copied from the leader"),
    CLONE_WAITS(505, "no data, nobody to copy from yet"),
    UNFINISHED_DISCARDED(506, "an earlier bootstrap or clone was interrupted"),
    DATA_UNUSABLE(507, "the data directory cannot be used"),
    FOREIGN_DATA(508, "the data belongs to another cluster"),
    EXISTING_DATA_JOINS(509, "data from before the cluster was managed"),

    // the store
    STORE_LOST_LEASE_RUNS(601, "the store does not answer, the lease still runs"),
    STORE_LOST_LEASE_OVER(602, "the store does not answer, the lease is over"),
    STORE_LOST(603, "the store does not answer"),
    WOKE_LATE(604, "the process stood still; the view is not used"),
    STORE_LOST_FAILSAFE(605, "the store does not answer, all members let this leader go on"),
    FAILSAFE_FOLLOWS(606, "the key is vacant, a leader without a store was promised to go on"),

    // tasks and wishes
    TASK_RUNS(701, "long work is in progress"),
    TASK_LOST_KEY(702, "the key was lost while PostgreSQL was about to be primary"),
    RESTART_ASKED(703, "an operator asked for a restart"),
    REINITIALIZE_ASKED(704, "an operator asked for a new copy"),
    REINITIALIZE_DECLINED(705, "an operator asked for a new copy; it cannot be made"),
    SHUTDOWN_ASKED(706, "the agent was asked to stop"),

    // maintenance
    PAUSED(801, "maintenance mode; nothing is done");

    private final int number;
    private final String meaning;

    Rule(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    public int number() {
        return number;
    }

    public String meaning() {
        return meaning;
    }
}
