package io.toomai.agent.watchdog;

import io.toomai.core.ha.WatchdogPolicy.Stoppable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// A timer that resets the machine unless it is petted. Every call may take as long as its driver
/// does, and all but `hindrance` come from one thread. What fails is a value.
public interface WatchdogDevice {
    /// How arming ended.
    sealed interface Activation {
        /// @param description as Patroni names it in its log
        /// @param timeout what the device counts, maybe not what was asked for
        record Active(String description, Duration timeout, Stoppable stoppable)
                implements Activation {}

        /// It does not run, unless the driver started it and cannot stop it.
        record Unusable(String why) implements Activation {}
    }

    /// How a pet ended.
    sealed interface Petting {
        record Petted() implements Petting {}

        record Failed(String why) implements Petting {}
    }

    /// How disarming ended.
    sealed interface Disarming {
        record Disarmed() implements Disarming {}

        /// It counts on and will reset the machine.
        record StillRunning(String why) implements Disarming {}
    }

    /// Why it cannot be opened, as far as that can be told without opening it: opening starts the
    /// countdown. Any thread.
    Optional<String> hindrance(Path device);

    /// Opens the device where it is closed, sets the timeout and starts the countdown from now.
    Activation activate(Path device, Duration timeout);

    /// Starts the countdown anew; only while it is open.
    Petting pet();

    /// Stops the countdown and closes the device. One that is not open is opened for it: an earlier
    /// process may have left it running.
    Disarming disarm(Path device);
}
