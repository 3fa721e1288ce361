package io.toomai.dcs;

/// How a conditional write ended. No answer at all is a [DcsException] instead: then nobody knows.
public sealed interface WriteResult {
    /// @param revision the key's new revision, for the next compare-and-set
    record Written(long revision) implements WriteResult {}

    /// The condition did not hold; nothing was written.
    record Conflict() implements WriteResult {}
}
