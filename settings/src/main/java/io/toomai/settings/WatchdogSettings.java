package io.toomai.settings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// The `watchdog` section.
///
/// @param safetyMargin absent = half of ttl
public record WatchdogSettings(Mode mode, Path device, Optional<Duration> safetyMargin) {
    /// Whether the hardware watchdog is used.
    public enum Mode {
        OFF,
        AUTOMATIC,
        REQUIRED
    }
}
