package io.toomai.simulation;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// What a world is about. A plot brings about, again and again, the one window in which a certain
/// bug does harm; faults at random meet it too rarely.
public enum Plot {
    /// Any fault at any time.
    FAULTS,
    /// Asynchronous. The store's answers to the leader come late; then nobody hears it any more.
    LATE_ANSWERS,
    /// Asynchronous. The leader's agent is killed, the node cut off, and the next agent comes just
    /// before the lease is over.
    LATE_RETURN,
    /// Asynchronous. The leader dies while every standby lacks more than may be lost.
    LAGGING_STANDBYS,
    /// Asynchronous. Clocks run apart as far as is assumed; again and again the leader is cut off.
    DRIFTING_CLOCKS,
    /// Synchronous. Standbys come back over a slow line; the leader dies when `/sync` grows.
    SLOW_CATCH_UP,
    /// Synchronous. Standbys are cut off; the leader's agent dies between two commands and its
    /// PostgreSQL some time later.
    DEATH_BETWEEN_COMMANDS,
    /// Synchronous. A change of `/sync` arrives when its sender has long given it up and has
    /// written something else.
    LATE_SYNC_WRITE,
    /// Synchronous. Standbys are cut off, and the store just when that is to be written down.
    CUT_BETWEEN_COMMANDS,
    /// The leader dies, and who won the race stands still beyond its lease before it promotes.
    STILL_BEFORE_PROMOTION,
    /// Asynchronous. The leader dies; the agent of who won the race is killed and PostgreSQL stands
    /// still when the promotion has just been asked for, until another one leads.
    DEATH_IN_PROMOTION,
    /// Synchronous. A standby is about to replace its data; what it hears of the leader comes late,
    /// and meanwhile another one takes over.
    LATE_LEADER_CHECK,
    /// Synchronous. Everybody takes the leader for dead again and again, rightly or not, while
    /// agents die, links fail and the leader changes who must confirm.
    WRONG_SUSPICIONS,
    /// Synchronous. The leader stands still. The takeover is long under way, and the leader's
    /// agent, started anew meanwhile, takes its key again; who takes over gets its WAL late then.
    LATE_TAKEOVER,
    /// Asynchronous. The leader's PostgreSQL freezes, or its disk stalls, until about the moment at
    /// which it is given up; and its agent stands still right after it has given the key away.
    HANGING_PRIMARY,
    /// The store goes away from all or from the leader alone, with `failsafe_mode` on; what the
    /// leader then rests on is taken from it in every way.
    FAILSAFE,
    /// Synchronous, with `failsafe_mode`. The leader stands still while it is taken over, and wakes
    /// within its lease when the store is gone and its successor has been started anew.
    SLEPT_THROUGH,
    /// Synchronous. Standbys do not hear the leader, or it does not hear them; all of them reach
    /// the store.
    DEAF_STANDBYS,
    /// The leader dies. The script that each successor asks before its promotion fails, hangs, or
    /// says yes to an agent that then stands still beyond its lease.
    VETOED_PROMOTIONS,
    /// Asynchronous. The cluster becomes a standby cluster of one that does not answer, and a
    /// primary's again, while anything else goes wrong.
    DEMOTED_CLUSTER,
    /// Synchronous. An operator moves the leader again and again under the clients of proxies, and
    /// nothing else goes wrong; or, in worlds of even seeds, anything does while clients are held.
    HELD_CLIENTS;

    /// All of them for seed after seed, every other one the faults.
    static List<Plot> inTurn() {
        return Arrays.stream(values())
                .filter(plot -> plot != FAULTS)
                .flatMap(plot -> Stream.of(FAULTS, plot))
                .toList();
    }

    /// Whether it decides by itself which mode of replication it needs.
    boolean needsSynchronous() {
        return switch (this) {
            case SLOW_CATCH_UP,
                    DEATH_BETWEEN_COMMANDS,
                    LATE_SYNC_WRITE,
                    CUT_BETWEEN_COMMANDS,
                    LATE_LEADER_CHECK,
                    WRONG_SUSPICIONS,
                    LATE_TAKEOVER,
                    SLEPT_THROUGH,
                    DEAF_STANDBYS,
                    HELD_CLIENTS ->
                    true;
            case FAULTS,
                    LATE_ANSWERS,
                    LATE_RETURN,
                    LAGGING_STANDBYS,
                    DRIFTING_CLOCKS,
                    STILL_BEFORE_PROMOTION,
                    DEATH_IN_PROMOTION,
                    HANGING_PRIMARY,
                    FAILSAFE,
                    VETOED_PROMOTIONS,
                    DEMOTED_CLUSTER ->
                    false;
        };
    }
}
