package io.toomai.proxy.net;

import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.auth.StoredPassword;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Database;
import io.toomai.proxy.config.ValuesOf;
import io.toomai.proxy.route.Route;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Where users are looked up that no file has: by `auth_query`, in one connection for each database
/// that has them. Belongs to the first wing's event loop.
final class AuthDesks {
    private static final int MOST = 100;

    private final Dialer dialer;
    private final Directions directions;
    private final Map<Place, AuthDesk> desks = new HashMap<>();

    /// @param database as the file calls it
    private record Place(String database, String user) {}

    /// Who wants to know a user's password. One of them is called, once.
    interface Asker {
        /// @param stored nothing for a user without a password, or whose password has expired
        void known(Optional<StoredPassword> stored);

        void unknown();

        /// @param why for the log
        void failed(String why);
    }

    AuthDesks(Dialer dialer, Directions directions) {
        this.dialer = dialer;
        this.directions = directions;
    }

    void find(Applicant who, Asker asker) {
        ValuesOf values = who.configuration().settings().values();
        Optional<Database.Lookup> own = who.database().map(Database::lookup);
        Optional<String> user =
                own.flatMap(Database.Lookup::user).or(() -> values.given("auth_user"));
        if (who.database().isEmpty() || user.isEmpty()) {
            asker.unknown();
            return;
        }
        Optional<String> elsewhere =
                own.flatMap(Database.Lookup::database).or(() -> values.given("auth_dbname"));
        String name = elsewhere.orElse(who.identity().database());
        Optional<Database> database =
                elsewhere.isEmpty() ? who.database() : database(who.configuration(), name);
        if (database.isEmpty()) {
            asker.failed("authentication database \"" + name + "\" is not configured");
            return;
        }
        String query =
                own.flatMap(Database.Lookup::query).orElseGet(() -> values.text("auth_query"));
        desk(new Place(name, user.get()), database.get(), who.configuration())
                .ask(query, who.identity().user(), asker);
    }

    private static Optional<Database> database(Configuration configuration, String name) {
        Map<String, Database> all = configuration.settings().databases();
        return Optional.ofNullable(all.get(name))
                .or(() -> Optional.ofNullable(all.get(Database.ANY)));
    }

    private AuthDesk desk(Place place, Database database, Configuration configuration) {
        if (desks.size() >= MOST) {
            desks.values().removeIf(AuthDesk::closeIfIdle);
        }
        return desks.computeIfAbsent(
                place,
                _ ->
                        new AuthDesk(
                                dialer,
                                directions.to(database, Route.WRITE),
                                place.user(),
                                database.dbname().orElse(place.database()),
                                Grant.of(configuration.users().passwordOf(place.user()))));
    }

    /// What is asked from now on is asked as the settings say then.
    void close() {
        List<AuthDesk> before = new ArrayList<>(desks.values());
        desks.clear();
        before.forEach(AuthDesk::closeWhenIdle);
    }

    /// To be called a few times each second.
    ///
    /// @param patience for one answer, in nanoseconds; 0 for no bound
    void tick(long now, long patience) {
        desks.values().forEach(desk -> desk.tick(now, patience));
    }
}
