package io.toomai.agent.lease;

import io.toomai.agent.watchdog.Watchdog;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.Lease;
import io.toomai.core.ha.LeasePolicy;
import io.toomai.core.ha.LeasePolicy.Act;
import io.toomai.core.ha.WatchdogPolicy;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.LeaderResult;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Holds the lease of this process and ends PostgreSQL before the lease could have ended (design
/// §3). One platform thread with that one duty; it takes no lock that the HA loop holds while it
/// waits for anything.
///
/// `begin`, `end`, `adopt` and `lease` may be called from any thread.
public final class LeaseGuard implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LeaseGuard.class);

    /// PostgreSQL is gone this long before the lease ends. Ending it takes 20–100 ms; the rest is
    /// for a busy machine.
    static final Duration STOP_TIME = Duration.ofMillis(500);

    private static final Duration IDLE = Duration.ofSeconds(1);

    private final Dcs dcs;
    private final Supplier<MonoTime> clock;
    private final Effects effects;
    private final LeaseFile file;
    private final Watchdog watchdog;
    private final Thread thread;

    private final Object lock = new Object();
    private Term term = new Term.None();
    private MonoTime loopAlive;
    private Duration renewalsApart = LeasePolicy.LONGEST;

    /// Until when nobody takes the key because all members have promised so; only while there is a
    /// term, and dropped when the store itself grants a lease that lasts as long.
    private Optional<MonoTime> carried = Optional.empty();

    private StoreIs storeIs = StoreIs.ANSWERING;
    private boolean closed;
    private long changes;

    /// What the guard knows of the lease.
    private sealed interface Term {
        record None() implements Term {}

        /// @param renewed when the last renewal was begun
        record Ours(MonoTime countsFrom, MonoTime renewed) implements Term {}

        /// The rest of a lease that this process held before it was restarted: it may be used up,
        /// not renewed.
        record Adopted(MonoTime fenceAt) implements Term {}
    }

    /// Whether the latest renewal was answered.
    private enum StoreIs {
        ANSWERING,
        SILENT
    }

    /// What the guard knows of its node and does to it.
    ///
    /// @param me the name under which this node holds the key
    /// @param maintenance `pause` as last read
    /// @param fence ends everything that may write; may take up to a second
    /// @param wakeLoop called whenever leadership ended here, or the store falls silent
    public record Effects(
            MemberName me,
            Supplier<HaSettings.Maintenance> maintenance,
            Runnable fence,
            Runnable wakeLoop) {}

    /// @param watchdog petted for each renewal; never waited for by the guard's thread
    public LeaseGuard(
            Dcs dcs, Supplier<MonoTime> clock, Effects effects, LeaseFile file, Watchdog watchdog) {
        this.dcs = dcs;
        this.clock = clock;
        this.effects = effects;
        this.file = file;
        this.watchdog = watchdog;
        this.loopAlive = clock.get();
        this.thread = Thread.ofPlatform().name("lease-guard").daemon().unstarted(this::run);
    }

    public void start() {
        file.read().ifPresent(this::adopt);
        watchdog.start();
        thread.start();
    }

    private void adopt(MonoTime fenceAt) {
        synchronized (lock) {
            if (clock.get().isBefore(fenceAt)) {
                term = new Term.Adopted(fenceAt);
                if (file.watchdog() == LeaseFile.WatchdogLeft.ARMED) {
                    watchdog.leftArmed();
                }
                log.info(
                        "the lease of my earlier process runs for another {} ms",
                        fenceAt.since(clock.get()).toMillis());
            }
        }
    }

    /// The leader key was acquired under a lease that counts from that moment. The watchdog is
    /// armed first, so that nothing is promoted without it.
    ///
    /// @return why this node may not lead all the same; the caller gives the key back then
    public Optional<String> begin(MonoTime countsFrom) {
        Optional<String> hindrance = watchdog.begin(countsFrom.plus(dcs.grantedTtl()));
        if (hindrance.isEmpty()) {
            synchronized (lock) {
                term = new Term.Ours(countsFrom, clock.get());
                note();
                changed();
            }
        }
        return hindrance;
    }

    /// Failsafe mode: nobody takes the key before that moment. Nothing happens where the time that
    /// this node had is over already.
    ///
    /// @return whether this node still leads
    public boolean carry(MonoTime until) {
        synchronized (lock) {
            Optional<MonoTime> now = fenceAt();
            if (now.isEmpty() || !clock.get().isBefore(now.get())) {
                return false;
            }
            if (carried.isEmpty() || carried.get().isBefore(until)) {
                carried = Optional.of(until);
                watchdog.renewed(until);
                note();
                changed();
            }
            return true;
        }
    }

    /// From now on only the lease counts: the members who have promised are not all any more.
    ///
    /// @return false when the lease alone is over; then nothing has changed
    public boolean standOnLease() {
        synchronized (lock) {
            boolean runs =
                    term instanceof Term.Ours ours
                            && clock.get().isBefore(leaseFence(ours.countsFrom()));
            if (runs) {
                carried = Optional.empty();
                note();
                changed();
            }
            return runs;
        }
    }

    private MonoTime leaseFence(MonoTime countsFrom) {
        return watchdog.fenceAt(LeasePolicy.fenceAt(countsFrom, dcs.grantedTtl(), STOP_TIME));
    }

    /// When PostgreSQL must begin to stop by what the members have promised; absent while they do
    /// not carry this leader.
    public Optional<MonoTime> carriedUntil() {
        synchronized (lock) {
            return term instanceof Term.None
                    ? Optional.empty()
                    : carried.map(this::beforeEnd).filter(clock.get()::isBefore);
        }
    }

    private MonoTime beforeEnd(MonoTime end) {
        return watchdog.fenceAt(end.minus(STOP_TIME));
    }

    private void changed() {
        changes++;
        lock.notifyAll();
    }

    /// Under the lock, while there is a term.
    private void note() {
        fenceAt().ifPresent(file::write);
        file.write(
                watchdog.isArmed() ? LeaseFile.WatchdogLeft.ARMED : LeaseFile.WatchdogLeft.ASLEEP);
    }

    private void noTerm() {
        term = new Term.None();
        carried = Optional.empty();
    }

    /// The leader key is being given up on purpose; PostgreSQL has stopped already.
    public void end() {
        synchronized (lock) {
            noTerm();
            file.clear();
            changed();
        }
        watchdog.end();
    }

    /// The process ends as it was asked to: nobody needs a reset of the machine. What is left of
    /// the lease stays noted for the next process.
    public void retire() {
        synchronized (lock) {
            noTerm();
            closed = true;
            changed();
        }
        watchdog.end();
    }

    /// Why the watchdog keeps this node out of a race.
    public Optional<String> watchdogFailed() {
        return watchdog.unusable();
    }

    /// The lease's duration has changed: renews at once, so that the file says what holds now.
    public void ttlChanged() {
        synchronized (lock) {
            if (term instanceof Term.Ours ours) {
                term = new Term.Ours(ours.countsFrom(), ours.renewed().minus(dcs.grantedTtl()));
                changed();
            }
        }
    }

    /// Renewals are no further apart than this from now on, see [LeasePolicy#apart].
    public void renewAtLeastEvery(Duration apart) {
        synchronized (lock) {
            if (!renewalsApart.equals(apart)) {
                renewalsApart = apart;
                changed();
            }
        }
    }

    /// The HA loop begins a cycle.
    public void loopIsAlive() {
        loopSleepsUntil(clock.get());
    }

    /// The HA loop has ended a cycle and is due again at that moment.
    public void loopSleepsUntil(MonoTime due) {
        synchronized (lock) {
            loopAlive = due;
        }
    }

    /// What is held now. `Held.until` is the moment at which PostgreSQL must begin to stop, so a
    /// command that finishes before it is safe.
    public Lease lease() {
        synchronized (lock) {
            Optional<MonoTime> until = fenceAt();
            return until.isPresent() && clock.get().isBefore(until.get())
                    ? new Lease.Held(until.get())
                    : new Lease.NotHeld();
        }
    }

    /// The later of what the lease and what the members' promises allow.
    private Optional<MonoTime> fenceAt() {
        return switch (term) {
            case Term.None _ -> Optional.empty();
            case Term.Ours ours -> Optional.of(later(leaseFence(ours.countsFrom())));
            case Term.Adopted adopted -> Optional.of(later(adopted.fenceAt()));
        };
    }

    private MonoTime later(MonoTime byLease) {
        return carried.map(this::beforeEnd).filter(byLease::isBefore).orElse(byLease);
    }

    private void run() {
        try {
            while (!isClosed()) {
                Plan plan = plan();
                switch (plan.act()) {
                    case Act.SleepUntil(var moment) -> sleepUntil(moment, plan.changes());
                    case Act.RenewNow _ -> renew();
                    case Act.EndLeadership(var why) -> endLeadership(why);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isClosed() {
        synchronized (lock) {
            return closed;
        }
    }

    /// @param changes what was known when it was made
    private record Plan(Act act, long changes) {}

    private Plan plan() {
        synchronized (lock) {
            return new Plan(nextAct(), changes);
        }
    }

    private Act nextAct() {
        synchronized (lock) {
            MonoTime now = clock.get();
            return switch (term) {
                case Term.None _ -> new Act.SleepUntil(now.plus(IDLE));
                case Term.Ours ours ->
                        watchdog.mayNotLead()
                                .<Act>map(why ->
                                        new Act.EndLeadership(
                                                "watchdog could not be activated: " + why))
                                .orElseGet(() -> next(ours, now));
                case Term.Adopted adopted ->
                        now.isBefore(later(adopted.fenceAt()))
                                ? new Act.SleepUntil(later(adopted.fenceAt()))
                                : new Act.EndLeadership(
                                        "the lease of my earlier process ends and the leader key"
                                                + " could not be taken over in time");
            };
        }
    }

    private Act next(Term.Ours ours, MonoTime now) {
        MonoTime fenceAt = fenceAt().orElse(now);
        Act act =
                LeasePolicy.next(
                        new LeasePolicy.Situation(
                                now,
                                fenceAt,
                                ours.renewed(),
                                loopAlive,
                                dcs.grantedTtl(),
                                apart(ours)));
        return WatchdogPolicy.guarded(act, fenceAt, now);
    }

    private Duration apart(Term.Ours ours) {
        boolean haste = storeIs == StoreIs.SILENT || carried.isPresent() || watchdog.isArmed();
        return LeasePolicy.apart(
                renewalsApart,
                dcs.grantedTtl(),
                ours.countsFrom(),
                ours.renewed(),
                haste ? LeasePolicy.Haste.NEEDED : LeasePolicy.Haste.NONE);
    }

    /// Any change ends it: what is held may end earlier than it did when the plan was made.
    private void sleepUntil(MonoTime moment, long planned) throws InterruptedException {
        synchronized (lock) {
            Duration left = moment.since(clock.get());
            while (left.isPositive() && !closed && changes == planned) {
                lock.wait(Math.max(1, left.toMillis()));
                left = moment.since(clock.get());
            }
        }
    }

    private void renew() {
        Term.Ours before;
        Duration left;
        synchronized (lock) {
            if (!(term instanceof Term.Ours ours)) {
                return;
            }
            before = ours;
            term = new Term.Ours(ours.countsFrom(), clock.get());
            left = fenceAt().orElseThrow().since(clock.get());
        }
        Duration patience = LeasePolicy.interval(dcs.grantedTtl());
        try {
            switch (dcs.renewLeader(patience.compareTo(left) < 0 ? patience : left)) {
                case LeaderResult.Held(var countsFrom) -> renewed(before, countsFrom);
                case LeaderResult.Refused(var holder) -> refused(before, holder);
            }
            storeIs = StoreIs.ANSWERING;
        } catch (DcsException e) {
            // No answer says nothing: the lease still runs, the next renewal may succeed.
            if (storeIs == StoreIs.ANSWERING || carriedUntil().isEmpty()) {
                log.warn("the lease was not renewed: {} code={}", e.getMessage(), e.code());
            }
            boolean news = storeIs == StoreIs.ANSWERING;
            storeIs = StoreIs.SILENT;
            if (news) {
                effects.wakeLoop().run();
            }
        }
    }

    private void renewed(Term.Ours before, MonoTime countsFrom) {
        synchronized (lock) {
            if (term instanceof Term.Ours now && now.countsFrom().equals(before.countsFrom())) {
                MonoTime later =
                        countsFrom.isBefore(now.countsFrom()) ? now.countsFrom() : countsFrom;
                term = new Term.Ours(later, now.renewed());
                if (carried.filter(later.plus(dcs.grantedTtl())::isBefore).isEmpty()) {
                    carried = Optional.empty();
                }
                watchdog.renewed(carried.orElse(later.plus(dcs.grantedTtl())));
                note();
            }
        }
    }

    private void refused(Term.Ours before, Optional<MemberName> holder) {
        boolean still;
        boolean mayTakeItAgain;
        synchronized (lock) {
            still = term instanceof Term.Ours now && now.countsFrom().equals(before.countsFrom());
            mayTakeItAgain =
                    carriedUntil().isPresent()
                            && holder.filter(h -> !h.equals(effects.me())).isEmpty();
        }
        if (still && mayTakeItAgain) {
            // The session ended while the store was away, and nobody else has taken the key.
            effects.wakeLoop().run();
        } else if (still) {
            endLeadership(
                    "failed to update leader lock in DCS, it is held by "
                            + holder.map(Object::toString).orElse("nobody"));
        }
    }

    private void endLeadership(String why) {
        synchronized (lock) {
            noTerm();
            file.clear();
        }
        if (isPaused()) {
            log.warn("{}. PostgreSQL is left as it is: maintenance mode", why);
            effects.wakeLoop().run();
            return;
        }
        log.error("demoting self: {}. PostgreSQL is stopped at once", why);
        if (isFenced()) {
            watchdog.end();
            giveKeyAway();
        } else {
            log.error(
                    "PostgreSQL could not be stopped twice: the leader key is left to run out, the"
                            + " watchdog is not petted any more, and stopping it is tried again in"
                            + " each cycle. Stop its processes or the machine");
        }
        effects.wakeLoop().run();
    }

    /// In maintenance mode nobody but an operator ends a server (contract §5.9); its session keeps
    /// the key for as long as the store lets it.
    public boolean isPaused() {
        return effects.maintenance().get() == HaSettings.Maintenance.PAUSED;
    }

    /// Whether nothing here can write any more. The thread must outlive a failure, and the key must
    /// not be given away after one (I1).
    private boolean isFenced() {
        for (int attempt = 1; attempt <= 2; attempt++) {
            try {
                effects.fence().run();
                return true;
            } catch (RuntimeException e) {
                log.error("PostgreSQL could not be stopped: {}", e.getMessage(), e);
            }
        }
        return false;
    }

    /// The session behind the key may live on although nobody renews the lease (its client answers
    /// by itself); others must not have to wait for this process to end.
    private void giveKeyAway() {
        try {
            dcs.releaseLeader(List.of(), IDLE);
        } catch (DcsException e) {
            log.warn("the leader key was not released: {} code={}", e.getMessage(), e.code());
        }
    }

    /// Ends the thread; whoever calls it leaves PostgreSQL, and an armed watchdog, to a successor.
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
        }
    }
}
