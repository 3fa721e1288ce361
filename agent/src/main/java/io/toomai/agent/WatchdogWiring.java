package io.toomai.agent;

import io.toomai.agent.loop.DynamicConfig;
import io.toomai.agent.watchdog.LinuxWatchdogDevice;
import io.toomai.agent.watchdog.Watchdog;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.WatchdogPolicy;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.settings.WatchdogSettings;
import java.util.function.Supplier;

/// What the watchdog needs, from the settings in force.
final class WatchdogWiring {
    private WatchdogWiring() {}

    static Watchdog watchdog(DynamicConfig config, Dcs dcs, Supplier<MonoTime> clock) {
        return new Watchdog(new LinuxWatchdogDevice(), () -> terms(config, dcs), clock);
    }

    /// The lease's duration is the one that the store grants, not the one asked for.
    private static WatchdogPolicy.Terms terms(DynamicConfig config, Dcs dcs) {
        WatchdogSettings local = config.local().watchdog();
        HaSettings ha = config.inForce().ha();
        return new WatchdogPolicy.Terms(
                switch (local.mode()) {
                    case OFF -> WatchdogPolicy.Mode.OFF;
                    case AUTOMATIC -> WatchdogPolicy.Mode.AUTOMATIC;
                    case REQUIRED -> WatchdogPolicy.Mode.REQUIRED;
                },
                local.device().toString(),
                local.safetyMargin(),
                dcs.grantedTtl(),
                ha.loopWait(),
                ha.pause());
    }
}
