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
import java.util.function.Predicate;

/// Where users are looked up that no file has: by `auth_query`, in one connection for each database
/// that has them. Belongs to the first wing's event loop.
final class AuthDesks {
    private static final int MOST = 100;

    private final Dialer dialer;
    private final Directions directions;
    private final Map<Place, AuthDesk> desks = new HashMap<>();

    /// Those whose settings have changed, until they are closed.
    private final List<AuthDesk> leaving = new ArrayList<>();

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
                                directions.to(
                                        database, Route.WRITE, configuration.settings().values()),
                                place.user(),
                                database.dbname().orElse(place.database()),
                                Grant.of(configuration.users().passwordOf(place.user()))));
    }

    /// What is asked from now on is asked as the settings say then.
    void close() {
        leaving.addAll(desks.values());
        desks.clear();
        List.copyOf(leaving).forEach(AuthDesk::closeWhenIdle);
    }

    /// Those that nobody needs at the moment are closed: a connection would keep a database from
    /// being dropped, and a server from a smart shutdown.
    ///
    /// @param which databases, as the file calls them
    void pause(Predicate<String> which) {
        desks.forEach((place, desk) -> {
            if (which.test(place.database())) {
                desk.closeIfIdle();
            }
        });
    }

    /// To be called a few times each second.
    void tick(long now, AuthDesk.Times times) {
        desks.values().forEach(desk -> desk.tick(now, times));
        leaving.removeIf(desk -> !desk.isOpen());
        leaving.forEach(desk -> desk.tick(now, times));
    }
}
