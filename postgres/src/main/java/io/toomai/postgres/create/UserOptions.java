package io.toomai.postgres.create;

import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import java.util.List;
import java.util.Set;

/// Options of the operator for programs whose other options Toomai sets itself.
final class UserOptions {
    static final Set<String> INITDB_OWN =
            Set.of("pgdata", "nosync", "no-sync", "pwfile", "sync-only", "version");
    static final Set<String> BASEBACKUP_OWN =
            Set.of(
                    "pgdata",
                    "format",
                    "wal-method",
                    "xlog-method",
                    "gzip",
                    "version",
                    "dbname",
                    "host",
                    "port",
                    "username",
                    "password");

    private UserOptions() {}

    /// Returns the options when none is Toomai's own.
    ///
    /// @param options in the form `--name` or `--name=value`
    static List<String> checked(String program, List<String> options, Set<String> own) {
        for (String option : options) {
            String name = option.replaceFirst("^-+", "").split("=", 2)[0];
            if (own.contains(name)) {
                throw new PostgresException(
                        Code.FORBIDDEN_OPTION,
                        "option "
                                + name
                                + " for "
                                + program
                                + " is set by Toomai itself; remove it from the configuration");
            }
        }
        return options;
    }
}
