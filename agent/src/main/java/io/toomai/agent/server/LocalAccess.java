package io.toomai.agent.server;

import io.toomai.postgres.Endpoint;
import io.toomai.postgres.Login;
import io.toomai.postgres.sql.SqlAccess;
import io.toomai.settings.PostgresSettings;
import io.toomai.settings.PostgresSettings.Authentication;
import io.toomai.settings.Settings;
import java.util.function.Supplier;

/// How the agent itself connects to the local server, as superuser.
public final class LocalAccess {
    private LocalAccess() {}

    /// To `postgresql.database`.
    ///
    /// @param current the settings file that was read last; only its password is looked at again
    public static SqlAccess of(Supplier<Settings> current) {
        Supplier<PostgresSettings> postgres = () -> current.get().postgresql();
        return of(postgres.get(), Logins.login(postgres, Authentication::superuser));
    }

    static SqlAccess of(PostgresSettings postgres, Login superuser) {
        return new SqlAccess(
                new Endpoint(postgres.listen().localHost(), postgres.listen().port()),
                postgres.database(),
                superuser,
                SqlAccess.HEARTBEAT);
    }
}
