package io.toomai.simulation;

import io.toomai.core.ha.Lease;
import io.toomai.core.ha.LeasePolicy;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.Optional;

/// The lease guard of one agent process: renews, and ends leadership in time, as [LeasePolicy]
/// says. A lease counts from the sending of a request that was answered before the granting one was
/// sent; that is the rule of the embedded store.
final class LeaseKeeper {
    private final ModelAgent agent;
    private final World world;
    private final ModelClock clock;
    private boolean held;
    private boolean adopted;
    private int hold;
    private long countsFrom;
    private long carried;
    private long lastRenewal;
    private long answeredSend;
    private long planned;
    private Duration renewalsApart = LeasePolicy.LONGEST;
    private StoreIs storeIs = StoreIs.ANSWERING;

    /// Whether the latest renewal was answered.
    private enum StoreIs {
        ANSWERING,
        SILENT
    }

    LeaseKeeper(ModelAgent agent, World world) {
        this.agent = agent;
        this.world = world;
        this.clock = agent.clock;
        this.answeredSend = clock.now();
    }

    boolean isHeld() {
        return held;
    }

    /// Number of this hold of the key, or of the latest one.
    int hold() {
        return hold;
    }

    /// The later of what the lease and what the members' promises allow.
    long until() {
        return Math.max(countsFrom + world.scenario().ttl(), carried);
    }

    /// Failsafe mode: nobody takes the key before that moment.
    ///
    /// @return whether this node still leads
    boolean carry(long end) {
        if (!held || clock.now() >= until() - world.scenario().stopTime()) {
            return false;
        }
        carried = Math.max(carried, end);
        agent.files.writeLease(until());
        return true;
    }

    Optional<MonoTime> carriedUntil() {
        return held && clock.now() < carried ? Optional.of(Agenda.mono(carried)) : Optional.empty();
    }

    /// Whether this node leads though the store may have let its key expire: members have promised
    /// to let it, or had promised its earlier process.
    boolean mayOutliveKey() {
        return carriedUntil().isPresent() || (held && adopted);
    }

    /// From now on only the lease counts.
    ///
    /// @return false when the lease alone is over
    boolean standOnLease() {
        boolean runs =
                held
                        && !adopted
                        && clock.now()
                                < countsFrom + world.scenario().ttl() - world.scenario().stopTime();
        if (runs) {
            carried = 0;
            agent.files.writeLease(until());
            tick();
        }
        return runs;
    }

    Lease lease() {
        return held ? new Lease.Held(Agenda.mono(until())) : new Lease.NotHeld();
    }

    /// A new process goes on with the lease that its predecessor wrote down, where it still runs.
    void adopt(long until) {
        if (until - world.scenario().stopTime() > clock.now()
                && !world.is(Mutant.RESTART_FORGETS_LEASE)) {
            held = true;
            adopted = true;
            countsFrom = until - world.scenario().ttl();
            lastRenewal = clock.now();
            tick();
        }
    }

    /// Any request of the session that was sent then has been answered.
    void answered(long sent) {
        answeredSend = Math.max(answeredSend, sent);
    }

    long counted() {
        return answeredSend;
    }

    void granted(long from) {
        hold += held ? 0 : 1;
        held = true;
        adopted = false;
        countsFrom = world.is(Mutant.LEASE_FROM_REPLY) ? clock.now() : Math.max(countsFrom, from);
        if (countsFrom + world.scenario().ttl() >= carried) {
            carried = 0;
        }
        agent.files.writeLease(until());
        tick();
    }

    void dropped() {
        held = false;
        adopted = false;
        countsFrom = 0;
        carried = 0;
        agent.files.writeLease(0);
    }

    void tick() {
        if (!held) {
            return;
        }
        LeasePolicy.Act act =
                LeasePolicy.next(
                        new LeasePolicy.Situation(
                                clock.mono(),
                                Agenda.mono(
                                        until()
                                                - (world.is(Mutant.GUARD_WITHOUT_MARGIN)
                                                        ? 0
                                                        : world.scenario().stopTime())),
                                Agenda.mono(lastRenewal),
                                Agenda.mono(agent.loopAlive()),
                                Duration.ofMillis(world.scenario().ttl()),
                                apart()));
        switch (act) {
            case LeasePolicy.Act.RenewNow _ -> {
                renew();
                tick();
            }
            case LeasePolicy.Act.SleepUntil(var moment) ->
                    wakeIn(Math.max(1, moment.nanos() / 1_000_000 - clock.now()));
            case LeasePolicy.Act.EndLeadership(var why) -> {
                if (!world.is(Mutant.GUARD_SLEEPS)) {
                    end(why);
                }
            }
        }
    }

    void renewAtLeastEvery(Duration apart) {
        if (!apart.equals(renewalsApart)) {
            renewalsApart = apart;
            tick();
        }
    }

    private Duration apart() {
        return LeasePolicy.apart(
                renewalsApart,
                Duration.ofMillis(world.scenario().ttl()),
                Agenda.mono(countsFrom),
                Agenda.mono(lastRenewal),
                storeIs == StoreIs.SILENT || carried > 0
                        ? LeasePolicy.Haste.NEEDED
                        : LeasePolicy.Haste.NONE);
    }

    private void silent() {
        boolean news = storeIs == StoreIs.ANSWERING;
        storeIs = StoreIs.SILENT;
        if (news) {
            tick();
            agent.wake();
        }
    }

    /// A wake-up that is planned already and comes before will do.
    private void wakeIn(long millis) {
        long at = clock.now() + millis;
        if (planned > clock.now() && planned <= at) {
            return;
        }
        planned = at;
        agent.process.after(
                clock.trueTime(millis),
                () -> {
                    if (planned == at) {
                        planned = 0;
                        tick();
                    }
                });
    }

    private void renew() {
        lastRenewal = clock.now();
        if (adopted) {
            return;
        }
        long from = answeredSend;
        long renewed = countsFrom;
        agent.store()
                .call(
                        s -> world.store().renew(s),
                        mine -> {
                            storeIs = StoreIs.ANSWERING;
                            if (!held || adopted) {
                                return;
                            }
                            if (mine) {
                                granted(from);
                            } else if (countsFrom == renewed) {
                                refused(); // not of a key that was taken anew since
                            }
                        },
                        _ -> silent());
    }

    /// The session of this process is over, and with it the key.
    void sessionEnded() {
        answeredSend = clock.now();
        if (held && !adopted) {
            refused();
        }
    }

    /// The session of a leader that failsafe mode carries may end while the store is away. Then the
    /// key can be taken again, unless somebody else holds it.
    private void refused() {
        Optional<MemberName> holder = world.store().leader();
        if (carriedUntil().isPresent() && holder.filter(h -> !h.equals(agent.name)).isEmpty()) {
            agent.wake();
            return;
        }
        end("the renewal was refused");
    }

    /// The guard's own act: paused clusters are left alone.
    private void end(String why) {
        world.tell(agent.name.value(), "guard: " + why);
        dropped();
        if (!agent.isPaused()) {
            agent.fence(why);
        }
        agent.wake();
    }
}
