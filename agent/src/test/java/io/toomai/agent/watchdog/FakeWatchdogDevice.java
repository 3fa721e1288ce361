package io.toomai.agent.watchdog;

import io.toomai.core.ha.WatchdogPolicy.Stoppable;
import io.toomai.core.model.MonoTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// A watchdog in memory that keeps time: it knows when it would have reset the machine. It notes
/// what was done to it.
public final class FakeWatchdogDevice implements WatchdogDevice {
    private final Supplier<MonoTime> clock;
    private final List<String> calls = new ArrayList<>();
    private final java.util.concurrent.Semaphore gate = new java.util.concurrent.Semaphore(1);

    private Optional<String> broken = Optional.empty();
    private Optional<Duration> fixedTimeout = Optional.empty();
    private Stoppable stoppable = Stoppable.YES;
    private Optional<Duration> counts = Optional.empty();
    private MonoTime petted;
    private boolean hasFired;

    public FakeWatchdogDevice(Supplier<MonoTime> clock) {
        this.clock = clock;
        this.petted = clock.get();
    }

    // ---- what a test arranges and asks

    public synchronized void breaks(String why) {
        broken = Optional.of(why);
    }

    public synchronized void isMended() {
        broken = Optional.empty();
    }

    public synchronized void countsAlways(Duration timeout) {
        fixedTimeout = Optional.of(timeout);
    }

    public synchronized void cannotBeStopped() {
        stoppable = Stoppable.NO;
    }

    /// From now on every call waits in the driver until `answersAgain`.
    public void hangs() {
        gate.acquireUninterruptibly();
    }

    public void answersAgain() {
        gate.release();
    }

    public synchronized boolean isRunning() {
        return counts.isPresent();
    }

    public synchronized boolean hasReset() {
        look();
        return hasFired;
    }

    public synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    private void look() {
        hasFired |= counts.filter(c -> petted.plus(c).isBefore(clock.get())).isPresent();
    }

    // ---- the device

    @Override
    public synchronized Optional<String> hindrance(Path device) {
        return broken;
    }

    @Override
    public Activation activate(Path device, Duration timeout) {
        return throughTheGate(() -> {
            calls.add("activate " + timeout.toSeconds());
            if (broken.isPresent()) {
                return new Activation.Unusable(broken.get());
            }
            look();
            Duration actual = fixedTimeout.orElse(timeout);
            counts = Optional.of(actual);
            petted = clock.get();
            return new Activation.Active("Fake watchdog", actual, stoppable);
        });
    }

    @Override
    public Petting pet() {
        return throughTheGate(() -> {
            calls.add("pet");
            if (broken.isPresent()) {
                return new Petting.Failed(broken.get());
            }
            look();
            petted = clock.get();
            return new Petting.Petted();
        });
    }

    @Override
    public Disarming disarm(Path device) {
        return throughTheGate(() -> {
            calls.add("disarm");
            look();
            if (stoppable == Stoppable.NO) {
                return new Disarming.StillRunning("it cannot be stopped");
            }
            counts = Optional.empty();
            return new Disarming.Disarmed();
        });
    }

    private <T> T throughTheGate(Supplier<T> call) {
        gate.acquireUninterruptibly();
        gate.release();
        synchronized (this) {
            return call.get();
        }
    }
}
