package io.toomai.core.ha;

/// This node's own pledge, as its file holds it.
///
/// @param proof only a proven pledge is told to others or relied on
public record KeptPledge(Pledge pledge, Proof proof) {
    /// Whether this process has seen the end of all reception since.
    public enum Proof {
        PROVEN,
        /// The file was written, or found at a start; WAL may still arrive.
        UNPROVEN
    }

    public boolean isProven() {
        return proof == Proof.PROVEN;
    }
}
