package io.toomai.proxy.net;

import io.toomai.proxy.config.Database;
import io.toomai.proxy.config.UserLimits;
import io.toomai.proxy.config.ValuesOf;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// How many clients are logged in, over all wings: in all, and of each database and user, of which
/// there may be limits. Thread safe.
final class Crowd {
    private final Map<String, Integer> ofDatabase = new HashMap<>();
    private final Map<String, Integer> ofUser = new HashMap<>();
    private int all;

    /// Counts an applicant until it leaves.
    ///
    /// @return what one hears that is one too many, and is not counted; nothing for who may come in
    synchronized Optional<String> enter(Applicant who) {
        Optional<String> limit = limit(who);
        if (limit.isEmpty()) {
            all++;
            ofDatabase.merge(who.identity().database(), 1, Integer::sum);
            ofUser.merge(who.identity().user(), 1, Integer::sum);
        }
        return limit;
    }

    private Optional<String> limit(Applicant who) {
        ValuesOf values = who.configuration().settings().values();
        Identity identity = who.identity();
        int mostOfDatabase =
                most(
                        who.database()
                                .map(Database::limits)
                                .map(Database.Limits::maxClientConnections)
                                .orElse(OptionalInt.empty()),
                        values.number("max_db_client_connections"));
        UserLimits user = who.configuration().settings().users().get(identity.user());
        int mostOfUser =
                most(
                        user == null ? OptionalInt.empty() : user.maxClientConnections(),
                        values.number("max_user_client_connections"));
        if (mostOfDatabase > 0 && ofDatabase(identity.database()) >= mostOfDatabase) {
            return Optional.of("client connections exceeded (max_db_client_connections)");
        }
        if (mostOfUser > 0 && ofUser(identity.user()) >= mostOfUser) {
            return Optional.of("client connections exceeded (max_user_client_connections)");
        }
        return Optional.empty();
    }

    /// 0 says nothing, as in PgBouncer.
    private static int most(OptionalInt own, int ofAll) {
        return own.isPresent() && own.getAsInt() > 0 ? own.getAsInt() : ofAll;
    }

    synchronized void leave(Identity identity) {
        all--;
        ofDatabase.merge(identity.database(), -1, Crowd::less);
        ofUser.merge(identity.user(), -1, Crowd::less);
    }

    /// Whoever has none is not kept.
    private static @Nullable Integer less(int before, int one) {
        return before + one == 0 ? null : before + one;
    }

    synchronized int all() {
        return all;
    }

    synchronized int ofDatabase(String name) {
        return ofDatabase.getOrDefault(name, 0);
    }

    /// @param name as which clients log in
    synchronized int ofUser(String name) {
        return ofUser.getOrDefault(name, 0);
    }
}
