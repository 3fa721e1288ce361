package io.toomai.core.cluster;

import io.toomai.core.model.SystemIdentifier;

/// The `initialize` key: who made this cluster, or whether somebody is about to.
public sealed interface Initialize {
    /// No key: the cluster was never initialised.
    record Never() implements Initialize {}

    /// Empty value: a member is running the bootstrap.
    record InProgress() implements Initialize {}

    record Done(SystemIdentifier system) implements Initialize {}

    /// A value that is not a system identifier; the leader writes it anew.
    record Garbage(String value) implements Initialize {}
}
