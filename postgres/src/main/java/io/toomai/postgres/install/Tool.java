package io.toomai.postgres.install;

import java.util.Locale;

/// The programs of PostgreSQL that Toomai uses, by their file name in lower case.
public enum Tool {
    POSTGRES,
    INITDB,
    PG_CTL,
    PG_CONTROLDATA,
    PG_BASEBACKUP,
    PG_REWIND,
    PG_WALDUMP;

    public String fileName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
