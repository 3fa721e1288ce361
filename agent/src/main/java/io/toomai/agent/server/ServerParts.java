package io.toomai.agent.server;

import io.toomai.core.model.Secret;
import io.toomai.postgres.Login;
import io.toomai.postgres.ServerLayout;
import io.toomai.postgres.create.ClusterBootstrap.Users;
import io.toomai.postgres.install.PostgresInstall;
import io.toomai.postgres.os.NativeSignals;
import io.toomai.postgres.server.Postmaster;
import io.toomai.postgres.sql.SqlAccess;
import io.toomai.settings.PostgresSettings;
import io.toomai.settings.Settings;
import java.util.TreeMap;

/// The settings in the words of the postgres module.
record ServerParts(
        PostgresInstall install,
        ServerLayout layout,
        Postmaster postmaster,
        SqlAccess access,
        Users users) {

    static ServerParts of(Settings settings, PostgresInstall install) {
        PostgresSettings postgres = settings.postgresql();
        ServerLayout layout =
                new ServerLayout(
                        postgres.dataDir(),
                        postgres.configDir(),
                        postgres.configBaseName(),
                        postgres.pgpass(),
                        settings.toomai().dataDir().resolve("postgres.log"));
        Users users =
                new Users(
                        login(postgres, postgres.authentication().superuser()),
                        login(postgres, postgres.authentication().replication()),
                        login(postgres, postgres.authentication().rewind()));
        return new ServerParts(
                install,
                layout,
                new Postmaster(layout, install, new NativeSignals()),
                LocalAccess.of(settings),
                users);
    }

    /// How this node logs in to another member where it needs more than replication; the server is
    /// to be replaced.
    SqlAccess remoteAccess() {
        return new SqlAccess(
                access.server(), access.database(), users.rewind(), access.applicationName());
    }

    static Login login(PostgresSettings postgres, PostgresSettings.Login login) {
        TreeMap<String, String> options = new TreeMap<>(login.options());
        login.sslpassword().map(Secret::reveal).ifPresent(s -> options.put("sslpassword", s));
        postgres.krbsrvname().ifPresent(name -> options.put("krbsrvname", name));
        return new Login(
                login.username().orElseGet(() -> System.getProperty("user.name", "postgres")),
                login.password(),
                options);
    }
}
