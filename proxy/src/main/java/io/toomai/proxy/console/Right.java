package io.toomai.proxy.console;

import io.toomai.proxy.config.ValuesOf;
import java.util.Optional;

/// What a user may do at the console.
public enum Right {
    /// `stats_users`: to look.
    STATS,
    /// `admin_users`: everything.
    ADMIN;

    /// The database that leads here.
    public static final String DATABASE = "pgbouncer";

    /// The user that the process's own user may be over a Unix socket, without a password.
    public static final String OWN_USER = "pgbouncer";

    /// Nothing for a user that has no business here.
    public static Optional<Right> of(String user, ValuesOf values) {
        if (values.list("admin_users").contains(user)) {
            return Optional.of(ADMIN);
        }
        return values.list("stats_users").contains(user) ? Optional.of(STATS) : Optional.empty();
    }

    boolean covers(Right needed) {
        return this == ADMIN || needed == STATS;
    }
}
