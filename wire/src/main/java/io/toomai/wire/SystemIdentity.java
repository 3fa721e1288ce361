package io.toomai.wire;

import java.util.Optional;

/// The answer to IDENTIFY_SYSTEM: the cluster's system identifier (unsigned 64-bit, decimal), the
/// server's timeline, its flush position as `X/Y`, and the database if the session has one.
public record SystemIdentity(
        String systemId, int timeline, String lsn, Optional<String> databaseName) {}
