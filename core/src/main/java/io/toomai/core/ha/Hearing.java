package io.toomai.core.ha;

import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.util.Optional;

/// What this node hears of another member's heartbeats.
public sealed interface Hearing {
    MemberName name();

    /// @param at when the latest one arrived here, by this node's clock
    record Heard(Heartbeat latest, MonoTime at) implements Hearing {
        @Override
        public MemberName name() {
            return latest.name();
        }
    }

    /// The connection was reset and the host refuses another: the agent there is dead.
    record Refused(MemberName name, MonoTime since, Optional<Heartbeat> last) implements Hearing {}

    /// Not one since this process started.
    record NeverHeard(MemberName name) implements Hearing {}
}
