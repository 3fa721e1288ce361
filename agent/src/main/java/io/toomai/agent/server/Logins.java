package io.toomai.agent.server;

import io.toomai.core.model.Secret;
import io.toomai.postgres.Login;
import io.toomai.postgres.create.ClusterBootstrap.Users;
import io.toomai.settings.PostgresSettings;
import io.toomai.settings.PostgresSettings.Authentication;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/// Who logs in to PostgreSQL, by `postgresql.authentication`. Passwords are those of the settings
/// file that was read last; users and what else belongs to a login stay until the agent starts
/// again. Any thread.
final class Logins {
    private volatile PostgresSettings latest;
    private final Users users;

    Logins(PostgresSettings settings) {
        this.latest = settings;
        this.users =
                new Users(
                        login(this::latest, Authentication::superuser),
                        login(this::latest, Authentication::replication),
                        login(this::latest, Authentication::rewind));
    }

    private PostgresSettings latest() {
        return latest;
    }

    Users users() {
        return users;
    }

    /// Connections that are there stay; the next ones use these passwords.
    void reread(PostgresSettings settings) {
        latest = settings;
    }

    /// @param current user and options are taken now, the password at each login
    static Login login(
            Supplier<PostgresSettings> current,
            Function<Authentication, PostgresSettings.Login> which) {
        PostgresSettings postgres = current.get();
        PostgresSettings.Login started = which.apply(postgres.authentication());
        TreeMap<String, String> options = new TreeMap<>(started.options());
        started.sslpassword().map(Secret::reveal).ifPresent(s -> options.put("sslpassword", s));
        postgres.krbsrvname().ifPresent(name -> options.put("krbsrvname", name));
        return new Login(
                started.username().orElseGet(() -> System.getProperty("user.name", "postgres")),
                () -> password(started, which.apply(current.get().authentication())),
                options);
    }

    /// The password of a user that is not in force yet would lock out the one that is.
    private static Optional<Secret> password(
            PostgresSettings.Login started, PostgresSettings.Login latest) {
        return latest.username().equals(started.username())
                ? latest.password()
                : started.password();
    }
}
