package io.toomai.simulation;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.Tags;
import io.toomai.core.ha.Decision;
import io.toomai.core.ha.HaMemory;
import io.toomai.core.ha.HaPolicy;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.LocalNode;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LongTask;
import io.toomai.core.ha.PeerPolling;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.RemotePrimary;
import io.toomai.core.ha.RemoteReading;
import io.toomai.core.ha.StoreReading;
import io.toomai.core.ha.Wish;
import io.toomai.core.model.MonoTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The HA loop of one agent process: gathers a view, lets the real policies decide, has the
/// commands carried out, and publishes what has become of the node.
final class ModelLoop {
    private static final long AFTER_HINDRANCE = 250;

    private final ModelAgent agent;
    private final World world;
    private final CommandCarrier carrier;
    private final LocalNode node;
    private HaMemory memory = HaMemory.EMPTY;
    private Wish wish = new Wish.Nothing();
    private ClusterView lastSeen = ClusterView.EMPTY;
    private Optional<MonoTime> lostSince = Optional.empty();
    private LocalPostgres shown = new LocalPostgres.Unusable("the agent is starting");
    private boolean cycling;
    private boolean again;
    private long alive;
    private long plannedWake;
    private int turn;

    ModelLoop(ModelAgent agent, World world) {
        this.agent = agent;
        this.world = world;
        this.carrier = new CommandCarrier(agent, world);
        this.node =
                new LocalNode(
                        agent.name,
                        Tags.NONE,
                        LocalNode.Bootstrap.CONFIGURED,
                        LocalNode.RewindTool.INSTALLED);
        this.alive = agent.clock.now();
    }

    /// When the loop has shown that it works, in milliseconds.
    long alive() {
        return alive;
    }

    HaSettings settings() {
        HaSettings settings =
                world.scenario()
                        .settings(
                                is("paused")
                                        ? HaSettings.Maintenance.PAUSED
                                        : HaSettings.Maintenance.OFF);
        return is("standby")
                ? settings.withStandbyCluster(Optional.of(new RemotePrimary(Scenario.ELSEWHERE)))
                : settings;
    }

    private boolean is(String config) {
        return lastSeen.config().filter(c -> c.value().equals(config)).isPresent();
    }

    /// PostgreSQL as the last whole cycle saw it.
    LocalPostgres shown() {
        return shown;
    }

    void ask(Wish next) {
        wish = next;
    }

    /// Plans the next cycle; a later plan replaces an earlier one.
    void plan(long millis) {
        if (cycling) {
            again = true;
            return;
        }
        int mine = ++turn;
        long planned = agent.clock.now() + millis;
        agent.process.after(
                agent.clock.trueTime(millis),
                () -> {
                    if (mine == turn && !cycling) {
                        plannedWake = planned;
                        cycle();
                    }
                });
    }

    private void cycle() {
        cycling = true;
        again = false;
        alive = agent.clock.now();
        // The task is read before PostgreSQL: a task that ends in between then still shows as
        // running, where the other order would show its half-made work as abandoned.
        LongTask earlyTask = agent.tasks().current();
        Look early = look();
        boolean stale = world.chance().once(2);
        MonoTime began = agent.clock.mono();
        agent.store()
                .call(
                        s -> world.store().read(s, world.scenario().reads()),
                        seen -> {
                            read(seen, began);
                            LongTask task = stale ? earlyTask : agent.tasks().current();
                            Look local = stale ? early : look();
                            answered(seen.cluster(), task, local);
                        },
                        why -> {
                            MonoTime since = lostSince.orElse(agent.clock.mono());
                            lostSince = Optional.of(since);
                            decide(
                                    new StoreReading.Unreadable(why.name(), since, lastSeen),
                                    agent.tasks().current(),
                                    look(),
                                    List.of());
                        });
    }

    private void read(ModelStore.Seen seen, MonoTime began) {
        agent.store().saw(seen.renewal());
        agent.failsafe().storeWasRead(began, seen.cluster());
        agent.feelsPause();
        lastSeen = seen.cluster();
        lostSince = Optional.empty();
    }

    private record Look(LocalPostgres server, MonoTime at) {}

    private Look look() {
        return new Look(agent.postgres.look(), agent.clock.mono());
    }

    private void answered(ClusterView cluster, LongTask task, Look local) {
        StoreReading store = new StoreReading.Answered(cluster);
        if (PeerPolling.needed(agent.name, store, local.server(), agent.serving(), wish)
                == PeerPolling.Need.ASK) {
            new PeerPoll(agent, world, cluster, peers -> decide(store, task, local, peers)).ask();
        } else {
            decide(store, task, local, List.of());
        }
    }

    private void decide(StoreReading store, LongTask task, Look local, List<PeerStatus> peers) {
        boolean late = agent.clock.now() - plannedWake > world.scenario().ttl();
        HaView view =
                world.director()
                        .misled(
                                new HaView(
                                        agent.clock.mono(),
                                        Instant.EPOCH.plusMillis(world.agenda().now()),
                                        late ? HaView.Punctuality.LATE : HaView.Punctuality.ON_TIME,
                                        node,
                                        world.mutation().settings(settings()),
                                        store,
                                        agent.lease().lease(),
                                        local.server(),
                                        local.at(),
                                        world.mutation().peers(peers, local.server()),
                                        agent.heartbeats().hearing(),
                                        agent.store().renewal(),
                                        agent.files.kept(),
                                        agent.serving(),
                                        world.mutation().failsafe(agent.failsafe().facts()),
                                        world.mutation().proxies(agent.proxy().standings(), memory),
                                        task,
                                        wish,
                                        HaView.Configuration.CURRENT,
                                        RemoteReading.NOT_ASKED,
                                        memory));
        agent.heartbeats().tell(view);
        agent.proxy().told(view);
        agent.lease().renewAtLeastEvery(world.mutation().apart(view));
        Decision decision = world.mutation().decide(view, HaPolicy::decide);
        world.story().decided(agent.name.value(), decision);
        if (!decision.memory().hold().equals(memory.hold())) {
            agent.heartbeats().tell(view.withMemory(decision.memory()));
        }
        memory = decision.memory();
        if (wish instanceof Wish.Nothing || !world.wishStays(wish, decision)) {
            wish = new Wish.Nothing();
        }
        carrier.carryOut(decision.commands(), () -> rest(local.server(), decision));
    }

    /// What could not be carried out is looked at again soon.
    private long pause() {
        return carrier.wasHindered() ? AFTER_HINDRANCE : world.scenario().loopWait();
    }

    private MemberRole role() {
        boolean leadsStandby =
                settings().standbyCluster().isPresent()
                        && agent.lease().isHeld()
                        && agent.postgres.run == ModelPostgres.Run.STANDBY;
        if (leadsStandby) {
            return MemberRole.STANDBY_LEADER;
        }
        return agent.postgres.run == ModelPostgres.Run.PRIMARY
                ? MemberRole.PRIMARY
                : MemberRole.REPLICA;
    }

    private void rest(LocalPostgres seen, Decision decision) {
        shown = seen;
        agent.hasLookedAround();
        Member me = ModelPortrait.member(agent.postgres, role());
        agent.store().call(s -> world.store().publish(s, me), _ -> {}, _ -> {});
        alive = agent.clock.now();
        cycling = false;
        plan(
                again
                        ? 5
                        : decision.recheckIn()
                                .map(d -> Math.max(5, d.toMillis()))
                                .orElseGet(this::pause));
    }
}
