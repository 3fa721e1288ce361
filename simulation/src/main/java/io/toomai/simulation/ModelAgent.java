package io.toomai.simulation;

import io.toomai.core.ha.FailsafePromise;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.Heartbeat;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.Serving;
import io.toomai.core.ha.Wish;
import io.toomai.core.model.MemberName;
import java.util.Optional;

/// One agent: its life on its machine. What it does is in its parts, which are new in each process.
final class ModelAgent {
    private record Parts(
            StoreClient store,
            LeaseKeeper lease,
            ModelTasks tasks,
            ModelHeartbeats heartbeats,
            ModelProbe probe,
            ModelFailsafe failsafe,
            ModelProxy proxy,
            ModelLoop loop) {}

    final MemberName name;
    final ModelProcess process;
    final ModelClock clock;
    final ModelPostgres postgres;
    final AgentFiles files = new AgentFiles();
    private final World world;
    private final Agenda agenda;
    private Parts parts;
    private boolean runs;
    private long pauseFeltUntil;
    private boolean cameLate;
    private long lookedAround = Long.MAX_VALUE;

    ModelAgent(World world, ModelPostgres postgres) {
        this.world = world;
        this.agenda = world.agenda();
        this.postgres = postgres;
        this.name = postgres.name;
        this.clock = postgres.clock;
        this.process = new ModelProcess(agenda);
        this.parts = newParts();
        world.store().watch(key -> store().changed(key));
        world.store().watchRenewals(revision -> store().renewed(revision));
    }

    private Parts newParts() {
        return new Parts(
                new StoreClient(this, world),
                new LeaseKeeper(this, world),
                new ModelTasks(this),
                new ModelHeartbeats(this, world),
                new ModelProbe(this, world),
                new ModelFailsafe(this, world),
                new ModelProxy(this, world),
                new ModelLoop(this, world));
    }

    // ---- life

    void boot() {
        process.kill();
        runs = true;
        lookedAround = Long.MAX_VALUE;
        cameLate = files.lease() - world.scenario().stopTime() <= clock.now();
        pauseFeltUntil = feelsPause() ? agenda.now() + world.scenario().ttl() : 0;
        parts = newParts();
        postgres.data.rewindEnded();
        postgres.commits.endOrphans();
        world.tell(name.value(), "the agent starts");
        lease().adopt(files.lease());
        failsafe().adopt();
        store().keepAlive();
        files.forgetProof();
        if (world.is(Mutant.PLEDGE_FORGOTTEN)) {
            files.writePledge(Optional.empty());
        }
        if (world.is(Mutant.PROMOTION_FORGOTTEN)) {
            postgres.forgetPromotion();
        }
        if (world.is(Mutant.PROMISE_FORGOTTEN)) {
            files.writePromise(new FailsafePromise.None());
        }
        heartbeats().begin();
        parts.probe().begin();
        parts.proxy().begin();
        parts.loop().plan(world.chance().between(1, 500));
    }

    /// kill -9: the session and PostgreSQL live on for a while.
    void kill() {
        process.kill();
        runs = false;
    }

    /// A clean end closes the session.
    void end(String why) {
        world.tell(name.value(), "the agent ends: " + why);
        kill();
        store().close();
        files.writeLease(0);
        world.faults().agentEnded(this);
    }

    boolean runs() {
        return runs;
    }

    /// Whether a server that it ends first of all may not be gone yet.
    boolean isStarting() {
        return runs && agenda.now() - lookedAround <= world.scenario().stopTime();
    }

    /// Whether it comes back to a server that no lease has guarded meanwhile, and may not have
    /// ended it yet.
    boolean isReturning() {
        return isStarting() && cameLate;
    }

    /// A cycle has ended.
    void hasLookedAround() {
        lookedAround = Math.min(lookedAround, agenda.now());
    }

    void thaw() {
        process.thaw();
        lease().tick();
    }

    // ---- its parts

    StoreClient store() {
        return parts.store();
    }

    LeaseKeeper lease() {
        return parts.lease();
    }

    ModelTasks tasks() {
        return parts.tasks();
    }

    ModelHeartbeats heartbeats() {
        return parts.heartbeats();
    }

    ModelProxy proxy() {
        return parts.proxy();
    }

    /// What its probe knows of PostgreSQL.
    Serving serving() {
        return parts.probe().latest();
    }

    ModelFailsafe failsafe() {
        return parts.failsafe();
    }

    /// When the loop has shown that it works, in milliseconds.
    long loopAlive() {
        return parts.loop().alive();
    }

    /// The end of the lease that is written down, in true time; 0 without one.
    long leaseEnd() {
        return clock.trueTime(files.lease());
    }

    HaSettings settings() {
        return parts.loop().settings();
    }

    /// What it answers to another member that asks.
    PeerStatus told() {
        return ModelPortrait.status(name, parts.loop().shown(), postgres.walEnd());
    }

    // ---- what happens to it

    void wake() {
        if (runs) {
            parts.loop().plan(1);
        }
    }

    void ask(Wish next) {
        parts.loop().ask(next);
        wake();
    }

    /// Another agent's heartbeat has arrived at this machine.
    void hear(Heartbeat heartbeat, long number) {
        if (runs) {
            process.inThisLife(() -> heartbeats().heard(heartbeat, number)).run();
        }
    }

    void postgresEnded() {
        if (runs) {
            process.after(world.chance().delay(10, 500, 20), this::wake);
        }
    }

    /// At once: PostgreSQL and what was to start it.
    void fence(String why) {
        process.after(
                world.chance().between(1, Math.max(1, world.scenario().stopTime() / 2)),
                () -> {
                    postgres.fence(why);
                    wake();
                });
    }

    // ---- maintenance mode

    boolean isPaused() {
        return settings().isPaused();
    }

    /// Whether what this node does may still come from maintenance mode: nobody guards a lease
    /// then.
    boolean feelsPause() {
        if (isPaused()) {
            pauseFeltUntil =
                    runs ? agenda.now() + 3 * world.scenario().loopWait() + 5000 : Long.MAX_VALUE;
        }
        return agenda.now() <= pauseFeltUntil;
    }
}
