package io.toomai.proxy.config;

/// The query that finds a user's password where no file has it.
final class AuthQuery {
    /// A role whose password has expired has none (PgBouncer since CVE-2025-2291).
    static final String BY_DEFAULT =
            "SELECT rolname, CASE WHEN rolvaliduntil < now() THEN NULL ELSE rolpassword END"
                    + " FROM pg_authid WHERE rolname=$1 AND rolcanlogin";

    private AuthQuery() {}
}
