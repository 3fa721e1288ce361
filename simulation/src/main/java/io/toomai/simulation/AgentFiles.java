package io.toomai.simulation;

import io.toomai.core.ha.FailsafePromise;
import io.toomai.core.ha.FailsafeTopology;
import io.toomai.core.ha.KeptPledge;
import io.toomai.core.ha.Pledge;
import java.util.Optional;

/// What one agent has written down: it survives the process. Only the proof of a pledge does not.
final class AgentFiles {
    private long lease;
    private FailsafeTopology topology = FailsafeTopology.UNKNOWN;
    private FailsafePromise promise = new FailsafePromise.None();
    private long nothingBefore;
    private Optional<Pledge> pledge = Optional.empty();
    private Optional<Pledge> proven = Optional.empty();

    /// The end of the lease in milliseconds, 0 without one.
    long lease() {
        return lease;
    }

    void writeLease(long until) {
        lease = until;
    }

    FailsafeTopology topology() {
        return topology;
    }

    void writeTopology(FailsafeTopology next) {
        topology = next;
    }

    FailsafePromise promise() {
        return promise;
    }

    void writePromise(FailsafePromise next) {
        promise = next;
    }

    /// Before that moment, in milliseconds, this node promises nothing: it took the key over.
    long nothingBefore() {
        return nothingBefore;
    }

    void writeNothingBefore(long moment) {
        nothingBefore = moment;
    }

    Optional<Pledge> pledge() {
        return pledge;
    }

    void writePledge(Optional<Pledge> next) {
        pledge = next;
        proven = Optional.empty();
    }

    /// This process has seen that nothing is received any more.
    void provePledge() {
        proven = pledge;
    }

    /// A new process has seen nothing yet.
    void forgetProof() {
        proven = Optional.empty();
    }

    Optional<KeptPledge> kept() {
        return pledge.map(p ->
                new KeptPledge(
                        p,
                        proven.equals(pledge)
                                ? KeptPledge.Proof.PROVEN
                                : KeptPledge.Proof.UNPROVEN));
    }
}
