package io.toomai.agent.failsafe;

import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.ha.FailsafeTopology;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who must be asked, remembered on disk before it counts: a leader asks at least everybody whom
/// the stored key may name. Any thread.
final class Topology {
    private static final Logger log = LoggerFactory.getLogger(Topology.class);

    private final TopologyFile file;
    private FailsafeTopology known;

    Topology(Path path) {
        this.file = new TopologyFile(path);
        this.known = file.read();
    }

    synchronized FailsafeTopology known() {
        return known;
    }

    /// What the store says now. Where it cannot be written down nothing is remembered, so that a
    /// later process does not ask too few.
    synchronized void seen(Versioned<FailsafeMembers> key) {
        FailsafeTopology next = known.seen(key);
        if (remember(next).isPresent() && forget().isPresent()) {
            known = FailsafeTopology.UNKNOWN;
        }
    }

    /// Before this is sent to the store.
    ///
    /// @return why it must not be sent
    synchronized Optional<String> attempting(FailsafeMembers next) {
        return remember(known.attempting(next));
    }

    /// Before this node takes the leader key: another leader may have changed the key since.
    ///
    /// @return why it must not be taken
    synchronized Optional<String> forget() {
        return remember(FailsafeTopology.UNKNOWN);
    }

    private Optional<String> remember(FailsafeTopology next) {
        if (next.equals(known)) {
            return Optional.empty();
        }
        try {
            file.write(next);
            known = next;
            return Optional.empty();
        } catch (IOException e) {
            String why = "the members of failsafe mode cannot be written down: " + e;
            log.error("{}. Look at toomai.data_dir", why);
            return Optional.of(why);
        }
    }
}
