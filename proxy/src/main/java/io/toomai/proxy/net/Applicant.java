package io.toomai.proxy.net;

import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.auth.UserList;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Database;
import io.toomai.proxy.console.Right;
import io.toomai.proxy.route.Route;
import java.util.Optional;

/// A client that has said who it is and must prove it.
///
/// @param database absent for one that does not exist: that is told only to whom is known
/// @param route where it is led
/// @param configuration that was in force when it came
record Applicant(
        Identity identity,
        Arrival arrival,
        Optional<Database> database,
        Route route,
        Gate.Proof.By proof,
        Configuration configuration) {
    /// The same one under other settings.
    Applicant under(Configuration now) {
        return new Applicant(
                identity,
                arrival,
                Pools.databaseOf(now.settings(), identity.database()),
                route,
                proof,
                now);
    }

    /// Whether these settings would have it asked for the same, and judge it by the same.
    @SuppressWarnings("ReferenceEquality") // so it is nearly always
    boolean isJudgedAlikeUnder(Configuration now) {
        // What came before the StartupMessage may have been looked at by other settings than it.
        return arrival.isTakenBy(now.access().clientTls(), proof.method())
                && (now == configuration
                        || (isKnownAlikeUnder(now)
                                && Gate.proof(identity, arrival, now).equals(proof)
                                && isAnyLetIn(now) == isAnyLetIn(configuration)
                                && (!isAnyLetIn(now) || isForcedUnder(now))
                                && now.access().idents().equals(configuration.access().idents())));
    }

    private boolean isKnownAlikeUnder(Configuration now) {
        UserList before = configuration.users();
        String user = identity.user();
        return now.users().has(user) == before.has(user)
                && now.users().passwordOf(user).equals(before.passwordOf(user))
                && (before.has(user) || AuthDesks.areAskedAlike(this, under(now)));
    }

    private static boolean isAnyLetIn(Configuration by) {
        return by.settings().values().text("auth_type").equals("any");
    }

    /// `auth_type = any` makes everybody the user that is forced.
    private boolean isForcedUnder(Configuration now) {
        return isForConsole()
                || under(now)
                        .database()
                        .flatMap(Database::forcedUser)
                        .equals(Optional.of(identity.user()));
    }

    /// With what servers are logged in to for it: nothing of its own where another user is forced.
    ///
    /// @param own what it has shown, or what is known of it
    Grant lends(Grant own) {
        return database.flatMap(Database::forcedUser)
                        .filter(user -> !user.equals(identity.user()))
                        .isPresent()
                ? new Grant.Nothing()
                : own;
    }

    /// It wants to speak with the proxy itself.
    boolean isForConsole() {
        return identity.database().equals(Right.DATABASE);
    }
}
