package io.toomai.agent.watchdog;

import io.toomai.core.ha.WatchdogPolicy;
import io.toomai.core.ha.WatchdogPolicy.Act;
import io.toomai.core.ha.WatchdogPolicy.Claim;
import io.toomai.core.ha.WatchdogPolicy.Device;
import io.toomai.core.ha.WatchdogPolicy.Judgement;
import io.toomai.core.ha.WatchdogPolicy.Mode;
import io.toomai.core.ha.WatchdogPolicy.Plan;
import io.toomai.core.ha.WatchdogPolicy.Stoppable;
import io.toomai.core.ha.WatchdogPolicy.Terms;
import io.toomai.core.model.MonoTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The watchdog of this node: one platform thread owns the device, because a driver may take its
/// time. The lease guard only says what is the case (`renewed`, `end`) and never waits here; a pet
/// that hangs is a pet that was not given, and `fenceAt` draws nearer.
///
/// A process that dies leaves the device armed: that is its purpose.
public final class Watchdog implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Watchdog.class);

    /// How long `begin` and `close` wait for the driver.
    static final Duration PATIENCE = Duration.ofSeconds(1);

    private final WatchdogDevice driver;
    private final Supplier<Terms> terms;
    private final Supplier<MonoTime> clock;
    private final Thread thread;

    private final Object lock = new Object();
    private Claim claim = new Claim.None();
    private Device device = new Device.Closed();
    private long posted;
    private long handled;
    private Optional<String> told = Optional.empty();
    private boolean closed;

    /// @param terms as they are now; asked before each act
    public Watchdog(WatchdogDevice driver, Supplier<Terms> terms, Supplier<MonoTime> clock) {
        this.driver = driver;
        this.terms = terms;
        this.clock = clock;
        this.thread = Thread.ofPlatform().name("watchdog").daemon().unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    // ---- what the lease guard says

    /// This node has the leader key and wants to lead: arms, and waits at most a second for it.
    ///
    /// @param until no other node can hold the key before
    /// @return why this node may not lead; empty where it may
    public Optional<String> begin(MonoTime until) {
        Terms now = terms.get();
        if (WatchdogPolicy.plan(now) instanceof Plan.Unsupported(var why)) {
            log.warn("{}", why);
        }
        synchronized (lock) {
            if (device instanceof Device.Unusable) {
                device = new Device.Closed(); // a new lease deserves a new attempt
            }
            post(new Claim.Leads(until));
            if (!awaitHandled()) {
                String why = "the driver did not answer within " + PATIENCE.toMillis() + " ms";
                log.error("Could not activate Linux watchdog device: {}", why);
                device = new Device.Unusable(why, clock.get(), now);
            }
            Optional<String> hindrance = WatchdogPolicy.mayNotBegin(now, device);
            hindrance.ifPresent(why ->
                    log.error(
                            "Configuration requires watchdog, but watchdog could not be"
                                    + " activated: {}",
                            why));
            return hindrance;
        }
    }

    /// The lease was renewed.
    public void renewed(MonoTime until) {
        synchronized (lock) {
            post(new Claim.Leads(until));
        }
    }

    /// An earlier process of this node left it armed, and PostgreSQL goes on under the rest of that
    /// process's lease.
    public void leftArmed() {
        synchronized (lock) {
            device = new Device.LeftArmed();
            claim = new Claim.Unsettled();
        }
    }

    /// Nobody may write on this machine any more: PostgreSQL is stopped, fenced or a standby.
    public void end() {
        synchronized (lock) {
            post(new Claim.None());
        }
    }

    private void post(Claim next) {
        claim = next;
        posted++;
        lock.notifyAll();
    }

    private boolean awaitHandled() {
        long mine = posted;
        MonoTime end = clock.get().plus(PATIENCE);
        Duration left = PATIENCE;
        while (handled < mine && left.isPositive()) {
            try {
                lock.wait(Math.max(1, left.toMillis()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
            left = end.since(clock.get());
        }
        return handled >= mine;
    }

    // ---- what it answers

    /// Why this node may not go on leading.
    public Optional<String> mayNotLead() {
        Terms now = terms.get();
        synchronized (lock) {
            return WatchdogPolicy.mayNotLead(now, device);
        }
    }

    /// When PostgreSQL must begin to stop.
    ///
    /// @param leaseFence that moment by the lease alone
    public MonoTime fenceAt(MonoTime leaseFence) {
        synchronized (lock) {
            return WatchdogPolicy.fenceAt(leaseFence, device);
        }
    }

    public boolean isArmed() {
        synchronized (lock) {
            return device instanceof Device.Armed;
        }
    }

    /// Why this node cannot take part in a race: `watchdog_failed`.
    public Optional<String> unusable() {
        Terms now = terms.get();
        Optional<String> hindrance =
                now.mode() == Mode.REQUIRED
                        ? driver.hindrance(Path.of(now.device()))
                        : Optional.empty();
        synchronized (lock) {
            Optional<String> why = WatchdogPolicy.unusable(now, device, hindrance, clock.get());
            if (!why.equals(told)) {
                told = why;
                log.warn("Watchdog device is {}", why.map("not usable: "::concat).orElse("usable"));
            }
            return why;
        }
    }

    // ---- the thread

    private record Work(long number, Device device, Claim claim) {}

    private void run() {
        try {
            for (Optional<Work> work = next(); work.isPresent(); work = next()) {
                Device after = carryOut(work.get());
                synchronized (lock) {
                    device = after;
                    handled = work.get().number();
                    lock.notifyAll();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits for something to do; empty when it is closed and all is done.
    private Optional<Work> next() throws InterruptedException {
        synchronized (lock) {
            while (handled == posted && !closed) {
                lock.wait(PATIENCE.toMillis());
            }
            return handled == posted
                    ? Optional.empty()
                    : Optional.of(new Work(posted, device, claim));
        }
    }

    private Device carryOut(Work work) {
        try {
            Terms now = terms.get();
            return switch (WatchdogPolicy.next(now, work.device(), work.claim(), clock.get())) {
                case Act.Nothing _ -> {
                    tellIfNotPetted(now, work);
                    yield work.device();
                }
                case Act.Arm(var timeout) -> arm(now, timeout, work.device());
                case Act.Pet _ -> pet(work.device());
                case Act.Disarm _ -> disarm(now, work.device());
            };
        } catch (RuntimeException e) {
            // Not petted: PostgreSQL ends in time, and the machine is reset if it does not.
            log.error("the watchdog failed: {}", e.getMessage(), e);
            return work.device();
        }
    }

    private static void tellIfNotPetted(Terms now, Work work) {
        if (work.claim() instanceof Claim.Leads
                && work.device() instanceof Device.Armed armed
                && WatchdogPolicy.plan(now) instanceof Plan.Countdown) {
            log.warn(
                    "Watchdog not petted: less than {} seconds of the lease are left. PostgreSQL is"
                            + " stopped unless the next renewal is quicker; if this comes often,"
                            + " raise watchdog.safety_margin",
                    armed.planned().toSeconds());
        }
    }

    private Device arm(Terms now, Duration timeout, Device before) {
        MonoTime began = clock.get();
        return switch (driver.activate(Path.of(now.device()), timeout)) {
            case WatchdogDevice.Activation.Unusable(var why) -> {
                log.warn("Could not activate Linux watchdog device: {}", why);
                yield new Device.Unusable(why, clock.get(), now);
            }
            case WatchdogDevice.Activation.Active active -> {
                Device.Armed armed =
                        new Device.Armed(
                                now.device(), timeout, active.timeout(), began, active.stoppable());
                yield judged(now, armed, active.description(), before);
            }
        };
    }

    private Device judged(Terms now, Device.Armed armed, String description, Device before) {
        switch (WatchdogPolicy.judge(now, armed.planned(), armed.timeout(), armed.stoppable())) {
            case Judgement.Accepted _ -> {}
            case Judgement.AcceptedUnsafe(var warning) -> log.warn("{}", warning);
            case Judgement.Rejected(var why) -> {
                log.error("{}", why);
                log.info("Disabling watchdog due to unsafe timeout.");
                disarm(now, armed);
                return new Device.Unusable(why, clock.get(), now);
            }
        }
        if (armed.stoppable() == Stoppable.NO) {
            log.warn(
                    "Watchdog implementation can't be disabled. Watchdog will trigger after this"
                            + " node loses the leader key.");
        }
        log.info(
                "{} {} with {} second timeout, timing slack {} seconds",
                description,
                before instanceof Device.Armed ? "updated" : "activated",
                armed.timeout().toSeconds(),
                armed.planned().minus(now.loopWait()).toSeconds());
        return armed;
    }

    private Device pet(Device before) {
        MonoTime began = clock.get();
        return switch (driver.pet()) {
            case WatchdogDevice.Petting.Failed(var why) -> {
                log.error("Error while sending keepalive: {}", why);
                yield before;
            }
            case WatchdogDevice.Petting.Petted _ ->
                    before instanceof Device.Armed armed
                            ? new Device.Armed(
                                    armed.path(),
                                    armed.planned(),
                                    armed.timeout(),
                                    began,
                                    armed.stoppable())
                            : before;
        };
    }

    private Device disarm(Terms now, Device before) {
        String path = before instanceof Device.Armed armed ? armed.path() : now.device();
        if (before instanceof Device.Armed armed && armed.stoppable() == Stoppable.NO) {
            // Gives the operator some more time, as Patroni does. Nothing writes here any more.
            pet(armed);
            log.warn(
                    "Watchdog implementation can't be disabled. System will reboot after {} seconds"
                            + " when watchdog times out.",
                    armed.timeout().toSeconds());
        }
        switch (driver.disarm(Path.of(path))) {
            case WatchdogDevice.Disarming.Disarmed _ -> log.info("Watchdog {} disabled", path);
            case WatchdogDevice.Disarming.StillRunning(var why) ->
                    log.error("Error while disabling watchdog: {}", why);
        }
        return new Device.Closed();
    }

    /// Does what was said last, then ends the thread. A watchdog that was not told `end` stays
    /// armed.
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
            if (thread.isAlive() && !awaitHandled()) {
                log.error("the watchdog's driver does not answer; the machine may be reset");
            }
        }
    }
}
