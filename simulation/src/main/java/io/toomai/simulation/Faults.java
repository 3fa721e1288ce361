package io.toomai.simulation;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.Wish;
import io.toomai.core.model.MemberName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What goes wrong, and what operators do at bad moments.
///
/// Out of scope in asynchronous mode, where only a watchdog helps: an agent that is dead or frozen
/// beyond the lease while its primary lives on. There the agent comes back in time, or the whole
/// node dies with it. In synchronous mode it happens.
final class Faults {
    private final World world;
    private final Agenda agenda;
    private final Chance chance;
    private boolean over;
    private long beginning = Long.MAX_VALUE;

    Faults(World world) {
        this.world = world;
        this.agenda = world.agenda();
        this.chance = world.chance();
    }

    void begin(long millis) {
        beginning = agenda.now() + millis;
        agenda.in(millis, this::next);
    }

    void end() {
        over = true;
    }

    boolean isOver() {
        return over;
    }

    /// A process may die between any two commands.
    void between(World.Node node, List<Command> done) {
        if (!over && !done.isEmpty() && agenda.now() > beginning && chance.once(400)) {
            killAgent(node);
        }
    }

    private void next() {
        if (over) {
            return;
        }
        any();
        long ttl = world.scenario().ttl();
        // Some come in quick succession.
        agenda.in(
                chance.once(3) ? chance.between(100, ttl) : chance.between(ttl, 4 * ttl),
                this::next);
    }

    /// One fault on any node, more often than not on the leader's.
    void any() {
        World.Node node = chance.of(world.nodes());
        happen(
                chance.once(2)
                        ? world.store().leader().map(l -> world.node(l.value())).orElse(node)
                        : node);
    }

    private void happen(World.Node node) {
        switch ((int) chance.between(0, 18)) {
            case 0 -> {
                tell(Fault.POSTMASTER_KILLED, node, "postmaster killed");
                node.postgres().postmasterKilled();
            }
            case 1, 2 -> killAgent(node);
            case 3 -> crash(node);
            case 4 -> freeze(node);
            case 5 -> freezeAgent(node);
            case 6 -> freezePostgres(node);
            case 7 -> cut(node, Network.STORE, duration());
            case 8 -> cut(node, chance.of(world.nodes()).name(), duration());
            case 9 -> isolate(node);
            case 10 -> {
                long millis = duration();
                world.fault(Fault.STORE_OUT, "the store is out for " + millis + " ms");
                world.store().outage(millis);
            }
            case 11 -> slow();
            case 12 -> moveLeader();
            case 13 -> pause();
            case 14 -> wish(node);
            case 15 -> {
                tell(Fault.AGENT_STOPPED, node, "the agent is told to stop");
                if (node.agent().runs()) {
                    node.agent().ask(new Wish.ShutDown());
                }
            }
            case 16 -> slowDisk(node);
            case 17 -> storeLeaderMoves();
            case 18 -> stallDisk(node, chance.between(200, 40_000));
            default -> throw new IllegalStateException("no such fault");
        }
    }

    private long duration() {
        long ttl = world.scenario().ttl();
        return chance.once(2) ? chance.between(100, ttl) : chance.between(100, 3 * ttl);
    }

    private void tell(Fault kind, World.Node node, String what) {
        world.fault(kind, node.name() + ": " + what);
    }

    /// Nothing that is written becomes durable for long.
    private void slowDisk(World.Node node) {
        long millis = duration();
        long delay = chance.between(200, 6000);
        tell(Fault.DISK_SLOW, node, "each fsync takes " + delay + " ms for " + millis + " ms");
        node.postgres().slowDisk(millis, delay);
    }

    /// The store elects: for a moment nobody answers, what was asked may have been done, and every
    /// session starts afresh.
    private void storeLeaderMoves() {
        long millis = chance.between(200, 2500);
        world.fault(Fault.STORE_LEADER_MOVED, "the store elects a leader for " + millis + " ms");
        world.store().outage(millis);
    }

    // ---- processes

    /// Time for which the agent may be away without its primary outliving the lease.
    private long spare(World.Node node) {
        if (world.scenario().isSynchronous() && chance.once(3)) {
            return Long.MAX_VALUE;
        }
        boolean mayWrite =
                node.agent().leaseEnd() > 0
                        || (node.postgres().run != ModelPostgres.Run.DOWN
                                && node.postgres().run != ModelPostgres.Run.STANDBY);
        return mayWrite
                ? node.agent().leaseEnd() - 2 * world.scenario().stopTime() - agenda.now()
                : Long.MAX_VALUE;
    }

    private void killAgent(World.Node node) {
        if (!node.agent().runs() || node.agent().process.isFrozen()) {
            return;
        }
        long away = chance.once(4) ? duration() : chance.between(50, 3000);
        if (away >= spare(node)) {
            crash(node);
            return;
        }
        killAgent(node, away);
    }

    void killAgent(World.Node node, long away) {
        tell(Fault.AGENT_KILLED, node, "the agent is killed for " + away + " ms");
        node.agent().kill();
        bootLater(node, away);
    }

    private void bootLater(World.Node node, long millis) {
        int life = node.agent().process.life();
        agenda.in(
                millis,
                () -> {
                    if (life == node.agent().process.life() && !node.agent().runs()) {
                        node.agent().boot();
                    }
                });
    }

    private void crash(World.Node node) {
        if (over) {
            return;
        }
        crash(node, duration());
    }

    void crash(World.Node node, long away) {
        tell(Fault.NODE_DEAD, node, "the node dies for " + away + " ms");
        node.agent().kill();
        node.postgres().fence("the node died");
        bootLater(node, away);
    }

    private void freeze(World.Node node) {
        freeze(node, duration());
    }

    void freeze(World.Node node, long millis) {
        tell(Fault.NODE_FROZEN, node, "the node stands still for " + millis + " ms");
        node.agent().process.freeze();
        node.postgres().process.freeze();
        agenda.in(millis, () -> thaw(node));
    }

    private void freezeAgent(World.Node node) {
        long millis = duration();
        if (node.agent().runs() && millis < spare(node) && !node.agent().process.isFrozen()) {
            freezeAgent(node, millis);
        }
    }

    void freezeAgent(World.Node node, long millis) {
        tell(Fault.AGENT_FROZEN, node, "the agent stands still for " + millis + " ms");
        node.agent().process.freeze();
        agenda.in(millis, () -> thaw(node));
    }

    private void freezePostgres(World.Node node) {
        freezePostgres(node, chance.between(200, 20_000));
    }

    void freezePostgres(World.Node node, long millis) {
        tell(Fault.POSTGRES_FROZEN, node, "PostgreSQL stands still for " + millis + " ms");
        node.postgres().process.freeze();
        agenda.in(
                millis,
                () -> {
                    if (!node.agent().process.isFrozen()) {
                        node.postgres().process.thaw();
                    }
                });
    }

    void stallDisk(World.Node node, long millis) {
        tell(Fault.DISK_STALLED, node, "the disk stalls for " + millis + " ms");
        node.postgres().stallDisk();
        agenda.in(millis, node.postgres()::diskReturns);
    }

    /// The guard is the first to run: it decides whether what PostgreSQL was about to do may
    /// happen.
    private void thaw(World.Node node) {
        if (node.agent().process.isFrozen()) {
            boolean held = node.agent().lease().isHeld();
            node.agent().thaw();
            if (held && !node.agent().lease().isHeld() && !node.agent().isPaused()) {
                node.postgres().fence("it stood still beyond its lease");
            }
        }
        node.postgres().process.thaw();
    }

    void agentEnded(ModelAgent agent) {
        bootLater(world.node(agent.name.value()), chance.between(500, 10_000));
    }

    // ---- network

    void cut(World.Node node, String other, long millis) {
        if (!over && !node.name().equals(other)) {
            tell(Fault.LINK_CUT, node, "cut from " + other + " for " + millis + " ms");
            world.network().cut(node.name(), other, millis);
        }
    }

    void cutOneWay(World.Node from, World.Node to, long millis) {
        if (!over) {
            tell(Fault.LINK_CUT, from, "not heard by " + to.name() + " for " + millis + " ms");
            world.network().cutOneWay(from.name(), to.name(), millis);
        }
    }

    private void isolate(World.Node node) {
        isolate(node, duration());
    }

    void isolate(World.Node node, long millis) {
        cut(node, Network.STORE, millis);
        world.nodes().forEach(other -> cut(node, other.name(), millis));
    }

    private void slow() {
        long worst = chance.between(500, world.scenario().loopWait());
        world.fault(Fault.MESSAGES_SLOW, "slow messages, up to " + worst + " ms");
        world.network().slow(duration(), worst);
        // A leader that is lost while its answers are under way shows how leases are counted.
        World.Node leader =
                world.store()
                        .leader()
                        .map(l -> world.node(l.value()))
                        .orElse(world.nodes().getFirst());
        long when = chance.between(1, 2 * worst);
        switch ((int) chance.between(0, 3)) {
            case 0, 1 ->
                    agenda.in(
                            when,
                            () ->
                                    cut(
                                            leader,
                                            Network.STORE,
                                            chance.between(
                                                    world.scenario().ttl(),
                                                    3 * world.scenario().ttl())));
            case 2 -> agenda.in(when, () -> crash(leader));
            default -> world.tell("FAULT", "nothing else");
        }
    }

    // ---- operators

    private void moveLeader() {
        Optional<MemberName> leader = world.store().leader();
        Optional<MemberName> candidate =
                chance.once(3)
                        ? Optional.empty()
                        : Optional.of(new MemberName(chance.of(world.nodes()).name()));
        boolean failover = leader.isEmpty() || (chance.once(4) && world.scenario().isSynchronous());
        if (candidate.isEmpty() && (failover || leader.isEmpty())) {
            return;
        }
        FailoverRequest request =
                new FailoverRequest(
                        failover ? Optional.empty() : leader, candidate, Optional.empty());
        world.fault(Fault.OPERATOR_MOVES_LEADER, "moves the leader: " + request);
        world.store().ask(request);
    }

    private void pause() {
        world.fault(Fault.OPERATOR_PAUSES, "pauses");
        world.store().writeConfig("paused");
        agenda.in(
                duration(),
                () -> {
                    world.tell("OPERATOR", "resumes");
                    world.store().writeConfig("running");
                });
    }

    private void wish(World.Node node) {
        if (node.agent().runs()) {
            boolean restart = chance.once(2);
            Wish wish =
                    restart
                            ? new Wish.Restart(Duration.ofSeconds(60))
                            : new Wish.Reinitialize(Optional.empty());
            tell(
                    restart ? Fault.OPERATOR_RESTARTS : Fault.OPERATOR_REINITIALIZES,
                    node,
                    "asked for " + wish);
            node.agent().ask(wish);
        }
    }

    /// Everything is repaired.
    void repair() {
        end();
        world.tell("REPAIR", "faults end");
        world.network().heal();
        world.store().endOutage();
        world.store().writeConfig("running");
        for (World.Node node : world.nodes()) {
            thaw(node);
            node.postgres().diskReturns();
            if (!node.agent().runs()) {
                node.agent().boot();
            }
        }
    }
}
