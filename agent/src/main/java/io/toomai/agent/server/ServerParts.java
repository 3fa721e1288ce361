package io.toomai.agent.server;

import io.toomai.postgres.ServerLayout;
import io.toomai.postgres.create.ClusterBootstrap.Users;
import io.toomai.postgres.install.PostgresInstall;
import io.toomai.postgres.os.NativeSignals;
import io.toomai.postgres.server.Postmaster;
import io.toomai.postgres.sql.SqlAccess;
import io.toomai.settings.EffectivePostgres.Feature;
import io.toomai.settings.PostgresSettings;
import io.toomai.settings.Settings;
import java.util.function.Predicate;

/// The settings in the words of the postgres module.
record ServerParts(
        PostgresInstall install,
        ServerLayout layout,
        Postmaster postmaster,
        SqlAccess access,
        Logins logins) {

    static ServerParts of(Settings settings, PostgresInstall install) {
        PostgresSettings postgres = settings.postgresql();
        ServerLayout layout =
                new ServerLayout(
                        postgres.dataDir(),
                        postgres.configDir(),
                        postgres.configBaseName(),
                        postgres.pgpass(),
                        settings.toomai().dataDir().resolve("postgres.log"));
        Logins logins = new Logins(postgres);
        return new ServerParts(
                install,
                layout,
                new Postmaster(layout, install, new NativeSignals()),
                LocalAccess.of(postgres, logins.users().superuser()),
                logins);
    }

    Users users() {
        return logins.users();
    }

    /// How the agent connects to the local server.
    ///
    /// @param switches that are on by the configuration in force; waits for nothing
    SqlAccess localAccess(Settings settings, Predicate<Feature> switches) {
        return access.through(
                LocalAccess.socket(settings, install.launch(), Feature.USE_UNIX_SOCKET, switches));
    }

    /// The same for the replication protocol, as the user whom pg_hba.conf lets replicate.
    SqlAccess localReplication(Settings settings, Predicate<Feature> switches) {
        return new SqlAccess(
                access.server(),
                access.database(),
                users().replication(),
                access.applicationName(),
                LocalAccess.socket(
                        settings, install.launch(), Feature.USE_UNIX_SOCKET_REPL, switches));
    }

    /// How this node logs in to another member where it needs more than replication; the server is
    /// to be replaced.
    SqlAccess remoteAccess() {
        return new SqlAccess(
                access.server(), access.database(), users().rewind(), access.applicationName());
    }
}
