package io.toomai.agent.server;

import io.toomai.postgres.Endpoint;
import io.toomai.postgres.Login;
import io.toomai.postgres.install.Launch;
import io.toomai.postgres.sql.LocalSocket;
import io.toomai.postgres.sql.SqlAccess;
import io.toomai.settings.EffectivePostgres.Feature;
import io.toomai.settings.PostgresSettings;
import io.toomai.settings.PostgresSettings.Authentication;
import io.toomai.settings.Settings;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// How the agent itself connects to the local server, as superuser.
public final class LocalAccess {
    private LocalAccess() {}

    /// The socket for those connections, where a switch says so at the moment.
    ///
    /// @param switches which are on by the configuration in force; waits for nothing
    public static LocalSocket socket(
            Settings settings, Launch launch, Feature which, Predicate<Feature> switches) {
        return new LocalSocket(settings.postgresql().dataDir(), launch, () -> switches.test(which));
    }

    /// To `postgresql.database`, over TCP.
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
