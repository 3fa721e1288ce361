package io.toomai.agent.server;

import io.toomai.core.ha.PeerStatus;
import io.toomai.core.model.SystemIdentifier;

/// Who a server says it is.
///
/// @param standing primary or standby, at the moment of the answer
public record ServerIdentity(SystemIdentifier system, PeerStatus.Standing standing) {
    /// Whether it is a server of that cluster, and what it should be.
    public boolean is(SystemIdentifier expected, PeerStatus.Standing wanted) {
        return system.equals(expected) && standing == wanted;
    }
}
