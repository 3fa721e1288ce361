package io.toomai.simulation;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.Doubt;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.Hearing;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.Renewal;
import io.toomai.core.ha.Wish;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.util.List;
import java.util.Optional;

/// Brings a [Plot] about: one act after another, with time to come to rest in between.
final class Director {
    private final World world;
    private final Plot plot;
    private final Agenda agenda;
    private final Chance chance;
    private final long ttl;

    /// Until when the window of the present act is open.
    private long armedUntil;

    Director(World world, Plot plot) {
        this.world = world;
        this.plot = plot;
        this.agenda = world.agenda();
        this.chance = world.chance();
        this.ttl = world.scenario().ttl();
    }

    void begin(long millis) {
        if (plot != Plot.FAULTS) {
            agenda.in(millis, this::next);
        }
    }

    private void next() {
        if (world.faults().isOver()) {
            return;
        }
        world.store().leader().map(l -> world.node(l.value())).ifPresent(this::act);
        agenda.in(chance.between(4 * ttl, 6 * ttl), this::next);
    }

    private void act(World.Node leader) {
        armedUntil = agenda.now() + 2 * ttl;
        switch (plot) {
            case FAULTS -> {}
            case LATE_TAKEOVER -> world.faults().freeze(leader, chance.between(3000, 10_000));
            case LATE_ANSWERS -> lateAnswers(leader);
            case LATE_RETURN -> lateReturn(leader);
            case LAGGING_STANDBYS -> lag(leader);
            case SLOW_CATCH_UP -> slowCatchUp(leader);
            case DEATH_BETWEEN_COMMANDS, CUT_BETWEEN_COMMANDS -> cutStandbys(leader, ttl);
            case LATE_SYNC_WRITE -> cutStandbys(leader, chance.between(4000, 8000));
            case DRIFTING_CLOCKS -> world.faults().isolate(leader, 2 * ttl);
            case STILL_BEFORE_PROMOTION, DEATH_IN_PROMOTION ->
                    world.faults().crash(leader, 2 * ttl);
            case LATE_LEADER_CHECK -> replace(leader);
            case WRONG_SUSPICIONS -> world.faults().any();
            case HANGING_PRIMARY -> hang(leader);
            case FAILSAFE -> new FailsafeActs(world, leader).any();
            case SLEPT_THROUGH -> new FailsafeActs(world, leader).sleptThrough();
            case DEAF_STANDBYS -> deafen(leader);
            case VETOED_PROMOTIONS -> world.faults().crash(leader, 2 * ttl);
            case DEMOTED_CLUSTER -> demoteCluster();
            case HELD_CLIENTS -> moveLeader(leader);
        }
    }

    // ---- acts

    private void lateAnswers(World.Node leader) {
        long late = chance.between(ttl / 6, ttl / 3 - 500);
        world.fault(
                Fault.MESSAGE_LATE, "answers to " + leader.name() + " come " + late + " ms late");
        world.network().answerLate(leader.name(), 3000, late);
        agenda.in(
                3000,
                () -> {
                    world.fault(Fault.LINK_CUT, leader.name() + " is not heard any more");
                    world.network().cutOneWay(leader.name(), Network.STORE, 3 * ttl);
                    cutStandbys(leader, 3 * ttl);
                });
        agenda.in(3000 + late + 500, () -> world.faults().isolate(leader, 3 * ttl));
    }

    private void demoteCluster() {
        world.fault(Fault.OPERATOR_DEMOTES_CLUSTER, "makes it a standby cluster");
        world.store().writeConfig("standby");
        agenda.in(chance.between(500, 3 * ttl), () -> world.faults().any());
        agenda.in(
                chance.between(ttl, 6 * ttl),
                () -> {
                    world.tell("OPERATOR", "promotes the cluster");
                    world.store().writeConfig("running");
                });
    }

    /// Whether nothing goes wrong in this world, in which operators move the leader.
    boolean isPeaceful() {
        return plot == Plot.HELD_CLIENTS && world.seed() % 2 != 0;
    }

    private void moveLeader(World.Node leader) {
        List<World.Node> others =
                world.nodes().stream().filter(n -> !n.name().equals(leader.name())).toList();
        FailoverRequest request =
                new FailoverRequest(
                        Optional.of(new MemberName(leader.name())),
                        Optional.of(new MemberName(chance.of(others).name())),
                        Optional.empty());
        world.fault(Fault.OPERATOR_MOVES_LEADER, "moves the leader: " + request);
        world.store().ask(request);
        if (!isPeaceful()) {
            agenda.in(chance.between(10, 8000), () -> world.faults().any());
        }
    }

    private void lateReturn(World.Node leader) {
        long before = 2 * world.scenario().stopTime() + chance.between(300, 1500);
        long away = leader.agent().leaseEnd() - before - agenda.now();
        if (away > 0 && leader.agent().runs()) {
            world.faults().isolate(leader, 2 * ttl);
            world.faults().killAgent(leader, away);
        }
    }

    private void lag(World.Node leader) {
        long blind = chance.between(45_000, 90_000);
        cutStandbys(leader, blind + ttl);
        agenda.in(blind, () -> world.faults().crash(leader, 2 * ttl));
    }

    private void hang(World.Node leader) {
        long limit = world.scenario().settings().detection().probeTimeout().toMillis();
        long millis = chance.between(limit / 2, 3 * limit);
        if (chance.once(2)) {
            world.faults().freezePostgres(leader, millis);
        } else {
            world.faults().stallDisk(leader, millis);
        }
    }

    /// Clients are served again between the decision to end the server and its end, and one standby
    /// confirms what the others do not have yet.
    private void servesAgain(World.Node leader) {
        World.Node slow = chance.of(world.nodes());
        world.network().slowLink(leader.name(), slow.name(), 1500, chance.between(1000, 3000));
        leader.postgres().process.thaw();
        leader.postgres().diskReturns();
        world.faults().freezeAgent(leader, chance.between(1, 1000));
    }

    private void slowCatchUp(World.Node leader) {
        long blind = chance.between(10_000, 20_000);
        cutStandbys(leader, blind);
        for (World.Node other : world.nodes()) {
            world.network()
                    .slowLink(leader.name(), other.name(), blind + ttl, chance.between(3000, 9000));
        }
    }

    private void replace(World.Node leader) {
        List<World.Node> others =
                world.nodes().stream().filter(n -> !n.name().equals(leader.name())).toList();
        World.Node chosen = chance.of(others);
        if (chosen.agent().runs()) {
            world.fault(Fault.OPERATOR_REINITIALIZES, "reinitializes " + chosen.name());
            chosen.agent().ask(new Wish.Reinitialize(Optional.empty()));
        }
    }

    /// What the standby hears is late. The leader reaches its standbys and the store no more, but
    /// still this one.
    private void lateLeaderCheck(World.Node standby) {
        long late = chance.between(4000, 9000);
        world.fault(
                Fault.MESSAGE_LATE, "answers to " + standby.name() + " come " + late + " ms late");
        world.network().answerLate(standby.name(), 1000, late);
        agenda.in(
                500,
                () ->
                        world.store()
                                .leader()
                                .map(l -> world.node(l.value()))
                                .ifPresent(leader -> {
                                    cutStandbys(leader, standby, ttl);
                                    world.faults().cut(leader, Network.STORE, ttl);
                                }));
    }

    /// The leader shows in the store that it lives, so nobody takes over.
    private void deafen(World.Node leader) {
        if (!world.isAtRest()) {
            return;
        }
        long millis = chance.between(2000, ttl);
        int takeovers = world.checker().takeovers();
        for (World.Node other : world.nodes()) {
            if (!other.name().equals(leader.name()) && !chance.once(3)) {
                separate(leader, other, millis);
            }
        }
        agenda.in(
                millis,
                () -> {
                    if (world.checker().takeovers() != takeovers) {
                        world.violated(
                                "I10",
                                leader.name() + " was taken over while it renewed its lease");
                    }
                });
    }

    private void separate(World.Node leader, World.Node other, long millis) {
        switch ((int) chance.between(0, 2)) {
            case 0 -> world.faults().cut(leader, other.name(), millis);
            case 1 -> world.faults().cutOneWay(leader, other, millis);
            case 2 -> world.faults().cutOneWay(other, leader, millis);
            default -> throw new IllegalStateException("no such way");
        }
    }

    private void cutStandbys(World.Node leader, World.Node but, long millis) {
        for (World.Node other : world.nodes()) {
            if (!other.name().equals(but.name())) {
                world.faults().cut(leader, other.name(), millis);
            }
        }
    }

    private void cutStandbys(World.Node leader, long millis) {
        for (World.Node other : world.nodes()) {
            world.faults().cut(leader, other.name(), millis);
        }
    }

    // ---- windows

    private boolean isArmed() {
        return agenda.now() < armedUntil && !world.faults().isOver();
    }

    /// Called when `/sync` has changed.
    void syncIs(SyncState state) {
        if (plot == Plot.SLOW_CATCH_UP && isArmed() && !state.voters().isEmpty()) {
            armedUntil = 0;
            World.Node leader = world.node(state.leader().orElseThrow().value());
            agenda.in(chance.between(100, 1500), () -> world.faults().crash(leader, 2 * ttl));
        }
    }

    /// Called before each command.
    ///
    /// @param done commands of the same decision that are already carried out
    /// @param rest what is still to come, the next one first
    void between(ModelAgent agent, List<Command> done, List<Command> rest) {
        World.Node node = world.node(agent.name.value());
        switch (plot) {
            case FAULTS -> world.faults().between(node, done);
            case WRONG_SUSPICIONS -> {
                if (rest.getFirst() instanceof Command.TakeOver && isArmed() && chance.once(2)) {
                    lateTakeover(node);
                } else {
                    world.faults().between(node, done);
                }
            }
            case LATE_TAKEOVER -> {
                if (strikes(Command.TakeOver.class, rest)) {
                    lateTakeover(node);
                    for (World.Node other : world.nodes()) {
                        world.network().slowLink(node.name(), other.name(), ttl, 3000);
                    }
                }
            }
            case DEATH_BETWEEN_COMMANDS -> {
                boolean halfWay =
                        isSync(done) != isParameter(done) && (isSync(rest) || isParameter(rest));
                if (isArmed() && halfWay && chance.once(2)) {
                    dieBetween(node);
                }
            }
            case CUT_BETWEEN_COMMANDS -> {
                if (isParameter(rest) && strikes(Command.WriteSync.class, rest)) {
                    world.faults().cut(node, Network.STORE, chance.between(ttl / 2, 2 * ttl));
                }
            }
            case LATE_SYNC_WRITE -> {
                if (rest.getFirst() instanceof Command.WriteSync(var state, _)
                        && !state.voters().isEmpty()
                        && strikes(Command.WriteSync.class, rest)) {
                    lateSyncWrite(node);
                }
            }
            case LATE_LEADER_CHECK -> {
                if (strikes(Command.Reinitialize.class, rest)) {
                    lateLeaderCheck(node);
                }
            }
            case VETOED_PROMOTIONS -> {
                if (chance.once(2) && strikes(Command.Promote.class, rest)) {
                    world.faults().freezeAgent(node, ttl + chance.between(500, 3000));
                }
            }
            case STILL_BEFORE_PROMOTION -> {
                if (strikes(Command.Promote.class, rest)) {
                    world.faults().freezeAgent(node, ttl + chance.between(500, 3000));
                }
            }
            case DEATH_IN_PROMOTION -> {
                if (strikes(Command.Promote.class, rest)) {
                    agenda.in(5, () -> dieInPromotion(node));
                }
            }
            case HANGING_PRIMARY -> whileHanging(node, rest);
            case LATE_ANSWERS,
                    LATE_RETURN,
                    LAGGING_STANDBYS,
                    SLOW_CATCH_UP,
                    FAILSAFE,
                    SLEPT_THROUGH,
                    DEAF_STANDBYS,
                    DEMOTED_CLUSTER,
                    HELD_CLIENTS,
                    DRIFTING_CLOCKS -> {}
        }
    }

    private void whileHanging(World.Node node, List<Command> rest) {
        if (isFence(rest) && isRelease(rest) && !world.faults().isOver()) {
            servesAgain(node);
        }
        if (strikes(Command.ReleaseLeaderKey.class, rest)) {
            // The release is under way when the agent stands still.
            agenda.in(1, () -> world.faults().freezeAgent(node, chance.between(ttl, 2 * ttl)));
        }
    }

    /// Whether the act comes to its point: once, before the next command of that kind.
    private boolean strikes(Class<? extends Command> kind, List<Command> rest) {
        boolean now = isArmed() && kind.isInstance(rest.getFirst());
        if (now) {
            armedUntil = 0;
        }
        return now;
    }

    private void dieBetween(World.Node node) {
        armedUntil = 0;
        world.faults().killAgent(node, 2 * ttl);
        agenda.in(chance.between(3000, 15_000), () -> node.postgres().fence("its node died"));
    }

    private void lateSyncWrite(World.Node node) {
        long late = world.scenario().loopWait() + chance.between(500, 6000);
        world.fault(
                Fault.MESSAGE_LATE,
                "the next write of " + node.name() + " is " + late + " ms late");
        world.network().delayNext(node.name(), late);
        cutStandbys(node, 2 * ttl);
    }

    /// PostgreSQL goes on when the next agent has looked around.
    private void dieInPromotion(World.Node node) {
        long away = ttl + chance.between(500, 3000);
        world.faults().killAgent(node, away);
        world.faults().freezePostgres(node, away + chance.between(2000, 5000));
    }

    /// The transaction is long under way. Meanwhile the leader's agent is restarted and takes its
    /// key again, or that of another pledger is.
    private void lateTakeover(World.Node taker) {
        long late = world.scenario().loopWait() / 4 + chance.between(500, 6000);
        world.fault(
                Fault.MESSAGE_LATE, "the takeover of " + taker.name() + " is " + late + " ms late");
        world.network().delayNext(taker.name(), late);
        List<World.Node> others =
                world.nodes().stream().filter(n -> !n.name().equals(taker.name())).toList();
        World.Node restarted =
                plot == Plot.LATE_TAKEOVER || chance.once(2)
                        ? world.store().leader().map(l -> world.node(l.value())).orElse(taker)
                        : chance.of(others);
        if (!restarted.equals(taker) && restarted.agent().runs()) {
            long away = chance.between(50, 300);
            world.faults().killAgent(restarted, away);
            // It may have taken its key again, and not have looked at its standbys yet.
            agenda.in(
                    away + chance.between(50, 700),
                    () -> world.faults().freezeAgent(restarted, late));
        }
    }

    /// What a node sees where everybody suspects: as if nothing had been heard for long.
    HaView misled(HaView view) {
        if (plot != Plot.WRONG_SUSPICIONS
                || world.faults().isOver()
                || !(view.postgres() instanceof LocalPostgres.Standby standby)
                || !(view.cluster().leader() instanceof LeaderKey.HeldBy held)
                || !chance.once(6)) {
            return view;
        }
        MonoTime longAgo = new MonoTime(view.now().nanos() - 1_000_000 * ttl);
        List<Hearing> deaf =
                view.hearing().stream()
                        .map(h ->
                                h instanceof Hearing.Heard(var latest, _)
                                                && h.name().equals(held.leader())
                                        ? new Hearing.Heard(latest, longAgo)
                                        : h)
                        .toList();
        return view.withHearing(deaf, Optional.of(new Renewal(0, longAgo)))
                .withMemory(
                        view.memory()
                                .withDoubt(
                                        Optional.of(
                                                new Doubt(
                                                        held.revision(),
                                                        longAgo,
                                                        standby.received()))));
    }

    private static boolean isFence(List<Command> commands) {
        return commands.getFirst() instanceof Command.Fence;
    }

    private static boolean isRelease(List<Command> commands) {
        return commands.stream().anyMatch(c -> c instanceof Command.ReleaseLeaderKey);
    }

    private static boolean isSync(List<Command> commands) {
        return commands.stream().anyMatch(c -> c instanceof Command.WriteSync);
    }

    private static boolean isParameter(List<Command> commands) {
        return commands.stream().anyMatch(c -> c instanceof Command.SetSynchronousStandbyNames);
    }
}
