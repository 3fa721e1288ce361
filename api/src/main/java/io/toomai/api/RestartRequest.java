package io.toomai.api;

import io.toomai.core.cluster.MemberRole;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.ServerFacts;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/// A restart of PostgreSQL that an operator asked for, with the conditions under which it happens
/// (contract §2.6).
///
/// @param role the published role the node must have
/// @param belowVersion `server_version_num` that the server must be older than
/// @param timeout how long the start may take; absent means `primary_start_timeout`
public record RestartRequest(
        Optional<MemberRole> role,
        OptionalInt belowVersion,
        Optional<Duration> timeout,
        Only only) {
    public static final RestartRequest UNCONDITIONAL =
            new RestartRequest(
                    Optional.empty(), OptionalInt.empty(), Optional.empty(), Only.ALWAYS);

    /// `restart_pending`: present means only where a parameter waits for the restart.
    public enum Only {
        ALWAYS,
        WHEN_PENDING
    }

    /// Whether the node meets the conditions now. The server's version is known only while it
    /// answers; otherwise a version condition is not met.
    public boolean isMetBy(NodeStatus status) {
        return (role.isEmpty() || role.get() == status.role())
                && (only == Only.ALWAYS || !status.pendingRestart().isEmpty())
                && (belowVersion.isEmpty() || isOlder(status.postgres()));
    }

    private boolean isOlder(LocalPostgres postgres) {
        Optional<ServerFacts> server = StatusDocument.server(postgres);
        return server.filter(s -> s.serverVersion() < belowVersion.orElse(0)).isPresent();
    }
}
