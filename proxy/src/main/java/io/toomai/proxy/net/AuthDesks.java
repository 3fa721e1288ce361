package io.toomai.proxy.net;

import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.auth.StoredPassword;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Database;
import io.toomai.proxy.config.ValuesOf;
import io.toomai.proxy.console.Right;
import io.toomai.proxy.route.Route;
import io.toomai.proxy.tls.ServerTls;
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

        /// Whether it wants to know no more.
        boolean isGone();
    }

    AuthDesks(Dialer dialer, Directions directions) {
        this.dialer = dialer;
        this.directions = directions;
    }

    void find(Applicant who, Asker asker) {
        Way way = Way.of(who);
        if (way.user().isEmpty() || (way.elsewhere().isEmpty() && who.database().isEmpty())) {
            asker.unknown();
            return;
        }
        String name = way.place(who);
        if (name.equals(Right.DATABASE)) { // a server's that is called alike is somebody else's
            asker.failed(
                    "cannot use the reserved \""
                            + name
                            + "\" database to look up a user: auth_dbname must name another");
            return;
        }
        Optional<Database> database = Pools.databaseOf(who.configuration().settings(), name);
        if (database.isEmpty()) {
            asker.failed("authentication database \"" + name + "\" is not configured");
            return;
        }
        desk(new Place(name, way.user().get()), database.get(), who.configuration())
                .ask(way.query(), who.identity().user(), asker);
    }

    /// Whether both are looked up in the same way, at the same place.
    static boolean areAskedAlike(Applicant one, Applicant other) {
        Way way = Way.of(one);
        return way.equals(Way.of(other))
                && (way.user().isEmpty() || Spot.of(way, one).isLike(Spot.of(way, other)));
    }

    /// Where applicants are looked up.
    ///
    /// @param database absent for one that does not exist
    /// @param password of whom it is logged in as
    private record Spot(
            Optional<Database> database, Optional<StoredPassword> password, ServerTls tls) {
        static Spot of(Way way, Applicant who) {
            Configuration by = who.configuration();
            return new Spot(
                    Pools.databaseOf(by.settings(), way.place(who)),
                    by.users().passwordOf(way.user().orElseThrow()),
                    by.access().serverTls());
        }

        boolean isLike(Spot other) {
            return database.map(Database::hosts).equals(other.database.map(Database::hosts))
                    && database.map(Database::port).equals(other.database.map(Database::port))
                    && database.flatMap(Database::dbname)
                            .equals(other.database.flatMap(Database::dbname))
                    && password.equals(other.password)
                    && tls.isLike(other.tls);
        }
    }

    /// How an applicant is looked up. No entry of `[databases]` has a say about the console.
    ///
    /// @param user as whom to log in; nobody is looked up without one
    /// @param elsewhere where the users of all are, if not in the applicant's own database
    private record Way(Optional<String> user, Optional<String> elsewhere, String query) {
        static Way of(Applicant who) {
            ValuesOf values = who.configuration().settings().values();
            Optional<Database.Lookup> own =
                    who.isForConsole() ? Optional.empty() : who.database().map(Database::lookup);
            return new Way(
                    own.flatMap(Database.Lookup::user).or(() -> values.given("auth_user")),
                    own.flatMap(Database.Lookup::database).or(() -> values.given("auth_dbname")),
                    own.flatMap(Database.Lookup::query).orElseGet(() -> values.text("auth_query")));
        }

        /// The database, as the file calls it.
        String place(Applicant who) {
            return elsewhere.orElse(who.identity().database());
        }
    }

    private AuthDesk desk(Place place, Database database, Configuration configuration) {
        if (desks.size() >= MOST) {
            desks.values().removeIf(AuthDesk::endIfIdle);
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

    /// Other servers are fit than before.
    void review() {
        desks.values().forEach(AuthDesk::review);
        leaving.forEach(AuthDesk::review);
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
