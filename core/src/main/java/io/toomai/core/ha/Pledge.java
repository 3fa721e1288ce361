package io.toomai.core.ha;

import io.toomai.core.model.MemberName;

/// The promise of a synchronous standby on which a takeover before the lease's end rests (design
/// §5): *I receive no WAL from this leader in this term, and will not until the store shows another
/// leader, another term or another `/sync`.* It is durable before it is told to anybody, and
/// survives restarts of agent and PostgreSQL.
///
/// @param term revision of the leader key; never the same for two acquisitions
/// @param syncRevision revision of `/sync` when the promise was made
public record Pledge(MemberName leader, long term, long syncRevision) {}
