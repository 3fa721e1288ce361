package io.toomai.agent;

import io.toomai.agent.loop.BootNumber;
import io.toomai.agent.loop.DynamicConfig;
import io.toomai.agent.loop.Heartbeats;
import io.toomai.agent.loop.Wakeup;
import io.toomai.api.heartbeat.HeartbeatLine;
import io.toomai.api.heartbeat.HeartbeatSource;
import io.toomai.api.peer.PeerHeartbeats;
import io.toomai.api.proxy.ProxyRoll;
import io.toomai.core.ha.Hold;
import io.toomai.core.model.MonoTime;
import io.toomai.settings.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.Supplier;

/// Heartbeats of this node and of the others, from the settings.
final class HeartbeatWiring {
    private HeartbeatWiring() {}

    static PeerHeartbeats heard(
            DynamicConfig config, Settings settings, Wakeup wakeup, Supplier<MonoTime> clock) {
        return new PeerHeartbeats(
                new PeerHeartbeats.Ears(
                        settings.scope(),
                        RestWiring.tls(settings),
                        clock,
                        () -> config.inForce().ha().detection().suspectAfter(),
                        wakeup::knock));
    }

    /// @param state the directory that survives restarts of the agent
    static Heartbeats heartbeats(
            Settings settings,
            PeerHeartbeats heard,
            Path state,
            Wakeup wakeup,
            Supplier<MonoTime> clock)
            throws IOException {
        // style: tells starts apart, and only grows
        long boot = BootNumber.next(state.resolve("boot"), Instant.now());
        HeartbeatLine.Sender sender = new HeartbeatLine.Sender(settings.scope(), boot);
        HeartbeatSource own = new HeartbeatSource(sender, clock);
        ProxyRoll proxies =
                new ProxyRoll(
                        clock,
                        standings -> {
                            own.tell(standings);
                            if (Hold.isQuiet(own.hold(), standings.stream())) {
                                wakeup.knock();
                            }
                        });
        return Heartbeats.of(
                new Heartbeats.Ways(own, heard, proxies, wakeup::knock), settings.name(), clock);
    }
}
