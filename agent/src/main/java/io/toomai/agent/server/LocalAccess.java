package io.toomai.agent.server;

import io.toomai.postgres.Endpoint;
import io.toomai.postgres.sql.SqlAccess;
import io.toomai.settings.PostgresSettings;
import io.toomai.settings.Settings;

/// How the agent itself connects to the local server, as superuser.
public final class LocalAccess {
    private LocalAccess() {}

    /// To `postgresql.database`.
    public static SqlAccess of(Settings settings) {
        PostgresSettings postgres = settings.postgresql();
        return new SqlAccess(
                new Endpoint(postgres.listen().localHost(), postgres.listen().port()),
                postgres.database(),
                ServerParts.login(postgres, postgres.authentication().superuser()),
                SqlAccess.HEARTBEAT);
    }
}
