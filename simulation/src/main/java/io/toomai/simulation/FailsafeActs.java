package io.toomai.simulation;

import io.toomai.core.ha.Wish;
import io.toomai.core.model.MemberName;
import java.util.List;
import java.util.Optional;

/// One act of the plots [Plot#FAILSAFE] and [Plot#SLEPT_THROUGH]: the leader loses the store, and
/// sometimes more.
final class FailsafeActs {
    private final World world;
    private final Agenda agenda;
    private final Chance chance;
    private final World.Node leader;
    private final long ttl;

    /// How long the leader is without the store.
    private final long away;

    FailsafeActs(World world, World.Node leader) {
        this.world = world;
        this.agenda = world.agenda();
        this.chance = world.chance();
        this.leader = leader;
        this.ttl = world.scenario().ttl();
        this.away = chance.between(ttl, 3 * ttl);
    }

    void any() {
        World.Node other = other();
        switch ((int) chance.between(0, 7)) {
            case 0 -> judged(() -> world.store().outage(away));
            case 1 -> judged(this::loseStore);
            case 2 -> withoutOne(other);
            case 3 -> lateAcceptance();
            case 4 -> {
                loseStore();
                agenda.in(chance.between(ttl / 2, away), this::alone);
            }
            case 5 -> restartedMember(other);
            case 6 -> {
                loseStore();
                agenda.in(
                        chance.between(ttl / 2, away),
                        () -> world.faults().killAgent(leader, chance.between(50, 3000)));
            }
            case 7 -> stranger(other);
            default -> throw new IllegalStateException("no such act");
        }
    }

    /// The leader wakes shortly before its lease would have ended, and nobody is left who leads.
    void sleptThrough() {
        long sleep = ttl - chance.between(2000, ttl / 3);
        world.faults().freeze(leader, sleep);
        agenda.in(
                chance.between(ttl / 12, ttl / 4),
                () ->
                        world.store()
                                .leader()
                                .map(name -> world.node(name.value()))
                                .filter(successor -> !successor.name().equals(leader.name()))
                                .filter(successor -> successor.agent().runs())
                                .ifPresent(successor -> {
                                    world.store().outage(2 * ttl);
                                    successor.agent().ask(new Wish.ShutDown());
                                }));
    }

    private World.Node other() {
        List<World.Node> others =
                world.nodes().stream().filter(n -> !n.name().equals(leader.name())).toList();
        return chance.of(others);
    }

    private void loseStore() {
        world.faults().cut(leader, Network.STORE, away);
    }

    /// One member hears the leader no more, soon or before it was asked.
    private void withoutOne(World.Node other) {
        world.faults().cut(leader, Network.STORE, 3 * ttl);
        agenda.in(
                chance.between(0, ttl / 2),
                () -> world.faults().cut(leader, other.name(), 3 * ttl));
    }

    /// Nobody hears the leader any more; it counts on what it was promised.
    private void alone() {
        world.faults().isolate(leader, 2 * ttl);
    }

    /// All members stay reachable: nobody is demoted, and nothing changes when the store is back.
    private void judged(Runnable loss) {
        boolean known =
                world.nodes().stream()
                        .allMatch(n ->
                                world.store()
                                        .truth()
                                        .failsafe()
                                        .value()
                                        .names(new MemberName(n.name())));
        if (!world.isAtRest() || !known) {
            return;
        }
        world.tell("FAULT", leader.name() + " loses the store for " + away + " ms");
        int promotions = world.checker().promotions();
        loss.run();
        agenda.in(
                away + world.scenario().loopWait(),
                () -> {
                    if (leader.postgres().run != ModelPostgres.Run.PRIMARY
                            || world.checker().promotions() != promotions) {
                        world.violated(
                                "I9",
                                leader.name() + " was demoted although all members answered it");
                    }
                });
    }

    /// Questions and answers take long; after an answer nobody hears the leader.
    private void lateAcceptance() {
        loseStore();
        for (World.Node node : world.nodes()) {
            world.network().slowLink(leader.name(), node.name(), away, chance.between(1500, 2300));
        }
        whenCarried(this::alone);
    }

    /// A member forgets, for a moment, all that is not written down.
    private void restartedMember(World.Node other) {
        loseStore();
        whenCarried(() -> {
            alone();
            long life = chance.between(50, 2000);
            agenda.in(
                    chance.between(0, ttl / 2),
                    () -> {
                        if (other.agent().runs()) {
                            world.faults().killAgent(other, life);
                        }
                    });
        });
    }

    /// Soon after acceptances have begun to carry the leader.
    private void whenCarried(Runnable then) {
        long tick = 100;
        if (leader.agent().lease().carriedUntil().isPresent()) {
            then.run();
        } else if (world.store().leader().equals(Optional.of(new MemberName(leader.name())))) {
            agenda.in(
                    tick,
                    () -> {
                        if (!world.faults().isOver()) {
                            whenCarried(then);
                        }
                    });
        }
    }

    /// A member is away until `/failsafe` names it no more, and comes back when the leader has lost
    /// the store.
    private void stranger(World.Node other) {
        if (!other.agent().runs()) {
            return;
        }
        long gone = 2 * ttl;
        world.faults().killAgent(other, gone);
        agenda.in(
                gone - chance.between(500, 3000),
                () -> {
                    world.faults().cut(leader, Network.STORE, 2 * ttl);
                    world.faults().cut(leader, other.name(), 2 * ttl);
                });
    }
}
