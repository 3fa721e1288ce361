package io.toomai.simulation;

import io.toomai.core.cluster.SyncState;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.util.List;
import java.util.Optional;

/// Judges the world with full knowledge.
///
/// - I1: when a server becomes primary under the leader key, no other server can confirm a commit,
///   and from then on none confirms one. In synchronous mode a primary that waits for a standby it
///   does not have cannot confirm; in asynchronous mode any running primary can. Excused: an
///   asynchronous primary whose agent still acts, or ended, in maintenance mode; a primary that
///   nobody guards while an operator fails over to a standby that `/sync` does not name.
/// - I2: in synchronous mode the new primary has every confirmed commit, and so has at any time
///   every standby that `/sync` names. Excused: an operator's failover (not switchover) to a
///   standby that `/sync` does not name.
/// - I3: in asynchronous mode who takes the key lacks at most `maximum_lag_on_failover` of what the
///   leader had published. Excused: an operator named the candidate.
/// - I4: data is removed only when its source was, within the last three seconds, a primary that
///   held the leader key, and another node has every confirmed commit.
/// - I5: nobody is promoted after the guard of the command, nor while somebody else holds the key.
/// - I6: judged by [World] after the faults.
/// - I9: in failsafe mode nobody is demoted while the store is away and all members answer. Judged
///   by [FailsafeActs].
/// - I11: nobody becomes primary when the cluster has been a standby cluster for three ttl: a
///   promotion that was decided before may go on until then.
/// - I12: a planned switchover, with nothing else going wrong, shows no client of a proxy an error.
/// - I10: nobody takes over from a leader that can show in the store that it lives. Judged by
///   [Director].
final class Checker {
    private static final long HEALTHY = 3000;

    private final World world;
    private Optional<ModelPostgres> primary = Optional.empty();
    private Optional<WalRecord> confirmed = Optional.empty();
    private Optional<Taking> taking = Optional.empty();
    private boolean promised;
    private Optional<MemberName> lastLeader = Optional.empty();
    private Optional<ModelPostgres> leading = Optional.empty();
    private Optional<Long> standbySince = Optional.empty();
    private long confirmations;
    private long lostBytes;
    private int promotions;
    private int takeovers;

    Checker(World world) {
        this.world = world;
    }

    /// Who took the key last, and by whose will. It is one taking until somebody else takes the
    /// key: the next process of the same member takes it once more.
    private static final class Taking {
        final MemberName by;
        final Will will;
        boolean isPrimary;

        Taking(MemberName by, Will will) {
            this.by = by;
            this.will = will;
        }

        /// What it lacked when it became primary is an operator's will; what it loses later is not.
        boolean isWilled() {
            return will != Will.OURS && !isPrimary;
        }
    }

    private enum Will {
        OURS,
        /// An operator's switchover, to the member that he named.
        SWITCHOVER,
        /// An operator's failover, to the member that he named.
        FAILOVER
    }

    long confirmations() {
        return confirmations;
    }

    long lostBytes() {
        return lostBytes;
    }

    int promotions() {
        return promotions;
    }

    Optional<WalRecord> confirmed() {
        return confirmed;
    }

    /// After each event.
    void look() {
        Optional<MemberName> leader = world.store().leader();
        if (!leader.equals(lastLeader)) {
            lastLeader = leader;
            leading = leader.map(l -> world.node(l.value()).postgres());
        }
        boolean leads =
                leading.filter(l ->
                                l.acceptsWrites()
                                        || (standbySince.isPresent()
                                                && l.run == ModelPostgres.Run.STANDBY))
                        .isPresent();
        if (leads) {
            leading.get().led = world.agenda().now();
        }
    }

    void syncIs(SyncState state) {
        promised |= !state.isEmpty();
        promiseHolds();
    }

    /// Somebody took the key before the lease ended: that no operator excuses.
    void tookOver(MemberName name) {
        takeovers++;
        taking = Optional.of(new Taking(name, Will.OURS));
    }

    int takeovers() {
        return takeovers;
    }

    void leaderIs(MemberName name) {
        ModelPostgres postgres = world.node(name.value()).postgres();
        Will will = will(name);
        boolean again = taking.filter(t -> t.by.equals(name)).isPresent();
        if (!again || will != Will.OURS) {
            taking = Optional.of(new Taking(name, will));
        }
        Lsn published = world.store().truth().status().optime();
        long lack = postgres.data.head.end().lagBehind(published);
        long allowed = world.scenario().settings().maximumLagOnFailover().bytes();
        if (!world.scenario().isSynchronous()
                && postgres.run == ModelPostgres.Run.STANDBY
                && taking.filter(Taking::isWilled).isEmpty()
                && lack > allowed) {
            world.violated("I3", name + " takes the key and lacks " + lack + " bytes");
        }
    }

    private Will will(MemberName name) {
        return world.store()
                .truth()
                .failover()
                .map(Versioned::value)
                .filter(f -> f.candidate().filter(name::equals).isPresent())
                .map(f -> f.leader().isEmpty() ? Will.FAILOVER : Will.SWITCHOVER)
                .orElse(Will.OURS);
    }

    void configIs(String config) {
        standbySince =
                config.equals("standby")
                        ? standbySince.or(() -> Optional.of(world.agenda().now()))
                        : Optional.empty();
    }

    /// A transaction through that agent's proxy did not get its answer.
    void clientFailed(MemberName proxy, ModelPostgres server) {
        if (world.director().isPeaceful()) {
            world.violated("I12", "a client of the proxy of " + proxy + " lost " + server.name);
        }
    }

    private boolean isStandbyCluster() {
        long longAgo = world.agenda().now() - 3 * world.scenario().ttl();
        return standbySince.filter(since -> since < longAgo).isPresent();
    }

    void becamePrimary(ModelPostgres postgres) {
        promotions++;
        if (isStandbyCluster()) {
            world.violated("I11", postgres.name + " becomes primary in a standby cluster");
        }
        Optional<MemberName> leader = world.store().leader();
        // Failsafe mode: the key of a leader that was allowed to go on may be gone from the store.
        boolean carried =
                leader.isEmpty()
                        && world.node(postgres.name.value()).agent().lease().mayOutliveKey();
        if (leader.filter(postgres.name::equals).isEmpty() && !carried) {
            becamePrimaryWithoutKey(postgres, leader);
            return;
        }
        for (ModelPostgres other : world.servers()) {
            if (other != postgres && other.commits.couldConfirm() && !isPardoned(other)) {
                world.violated(
                        "I1",
                        postgres.name
                                + " becomes primary while "
                                + other.name
                                + " can confirm commits");
            }
        }
        primary = Optional.of(postgres);
        confirmed.ifPresent(tip -> compare(tip, postgres));
        taking.filter(t -> t.by.equals(postgres.name)).ifPresent(t -> t.isPrimary = true);
    }

    private void becamePrimaryWithoutKey(ModelPostgres postgres, Optional<MemberName> leader) {
        world.tell(postgres.name.value(), "is primary, the key is with " + leader);
        if (primary.isPresent()
                && world.agentGuards(postgres.name)
                && postgres.commits.couldConfirm()) {
            world.violated("I1", postgres.name + " becomes primary without the key");
        }
        // A promotion that its agent could not stop; it harms where another leads or confirms.
        if (leader.isEmpty()
                && world.servers().stream()
                        .noneMatch(s -> s != postgres && s.commits.couldConfirm())) {
            primary = Optional.of(postgres);
        }
    }

    private boolean isPardoned(ModelPostgres postgres) {
        return pardonedByPause(postgres)
                || pardonedByOperator(postgres)
                || pardonedByReturn(postgres);
    }

    /// Asynchronous: a primary that nobody guarded goes on until its agent, back again, has looked
    /// around. Only a watchdog helps.
    private boolean pardonedByReturn(ModelPostgres postgres) {
        return !world.scenario().isSynchronous()
                && world.node(postgres.name.value()).agent().isReturning();
    }

    /// Asynchronous primaries are nobody's concern while an operator has the cluster in his hands.
    private boolean pardonedByPause(ModelPostgres postgres) {
        return !world.scenario().isSynchronous()
                && world.node(postgres.name.value()).agent().feelsPause();
    }

    /// A primary that confirmed alone goes on so while nobody guards it; `/sync` names nobody who
    /// could take over, unless an operator names somebody all the same. Only a watchdog helps: an
    /// agent that starts again, or learns that maintenance mode is over, needs a moment to end it.
    private boolean pardonedByOperator(ModelPostgres postgres) {
        ModelAgent agent = world.node(postgres.name.value()).agent();
        return taking.filter(t -> t.will == Will.FAILOVER && !t.by.equals(postgres.name))
                        .isPresent()
                && (!world.agentGuards(postgres.name) || agent.isStarting() || agent.feelsPause());
    }

    private boolean wasForced(MemberName leader) {
        return taking.filter(t -> t.by.equals(leader) && t.will == Will.FAILOVER).isPresent();
    }

    private void compare(WalRecord tip, ModelPostgres postgres) {
        if (tip.isIn(postgres.data.head)) {
            return;
        }
        WalRecord common = tip.common(postgres.data.head);
        long lost = tip.end().bytes() - common.end().bytes();
        boolean pardon = wasForced(postgres.name) && taking.filter(Taking::isWilled).isPresent();
        if (world.scenario().isSynchronous() && promised && !pardon) {
            world.violated(
                    "I2",
                    postgres.name
                            + " lacks confirmed commits: "
                            + common.end()
                            + " to "
                            + tip.end());
        }
        lostBytes += lost;
        confirmed = Optional.of(common);
    }

    void acknowledged(ModelPostgres postgres, WalRecord record) {
        confirmations++;
        if (primary.isPresent() && primary.get() != postgres) {
            if (isPardoned(postgres)) {
                return;
            }
            // The answer to what it sent before it was taken over: the new primary has it.
            if (record.isIn(primary.get().data.head)) {
                return;
            }
            world.violated(
                    "I1",
                    postgres.name
                            + " confirms a commit although "
                            + primary.get().name
                            + " is the primary");
        }
        if (confirmed.isEmpty() || confirmed.get().index() < record.index()) {
            confirmed = Optional.of(record);
            promiseHolds();
        }
    }

    /// The promise of `/sync`, whether or not anybody is about to rely on it.
    private void promiseHolds() {
        if (!world.scenario().isSynchronous() || confirmed.isEmpty()) {
            return;
        }
        SyncState promise = world.store().truth().sync().value();
        List<MemberName> lacking =
                promise.voters().stream().filter(v -> lacks(v, confirmed.get())).toList();
        if (lacking.size() > promise.quorum()) {
            world.violated(
                    "I2",
                    "/sync names "
                            + promise
                            + ", of whom "
                            + lacking
                            + " lack what was confirmed at "
                            + confirmed.get().end());
        }
    }

    private boolean lacks(MemberName voter, WalRecord tip) {
        ModelPostgres postgres = world.node(voter.value()).postgres();
        return postgres.data.isWhole() && !tip.isIn(postgres.data.head);
    }

    void promotes(ModelPostgres postgres, MonoTime notAfter) {
        if (!postgres.clock.mono().isBefore(notAfter)) {
            world.violated("I5", postgres.name + " promotes after the end of its lease");
        }
        Optional<MemberName> leader = world.store().leader();
        // Who was taken over between two commands may still be promoted, but demands standbys that
        // it will not get.
        if (leader.filter(postgres.name::equals).isEmpty()
                && postgres.commits.syncNames().isEmpty()) {
            world.violated("I5", postgres.name + " promotes, the key is with " + leader);
        }
    }

    void removesData(ModelPostgres postgres, MemberName source) {
        long led = world.agenda().now() - world.node(source.value()).postgres().led;
        if (source.equals(postgres.name) || led > HEALTHY) {
            world.violated(
                    "I4",
                    postgres.name + " removes its data and " + source + " led " + led + " ms ago");
        }
        boolean elsewhere =
                world.servers().stream()
                        .anyMatch(s ->
                                s != postgres
                                        && s.data.holds == ModelDataDirectory.Holds.DATA
                                        && confirmed.filter(c -> !c.isIn(s.data.head)).isEmpty());
        if (!elsewhere) {
            world.violated("I4", postgres.name + " removes the only data with all commits");
        }
    }
}
