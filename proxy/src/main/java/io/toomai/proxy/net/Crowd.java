package io.toomai.proxy.net;

import io.toomai.proxy.config.Database;
import io.toomai.proxy.config.UserLimits;
import io.toomai.proxy.config.ValuesOf;
import java.util.Optional;
import java.util.OptionalInt;

/// How many clients may be there of one database or one user.
final class Crowd {
    private Crowd() {}

    /// What an applicant hears that is one too many; nothing for who may come in.
    static Optional<String> limit(Applicant who, Clients present) {
        ValuesOf values = who.configuration().settings().values();
        Identity identity = who.identity();
        int ofDatabase =
                who.database()
                        .map(Database::limits)
                        .map(Database.Limits::maxClientConnections)
                        .orElse(OptionalInt.empty())
                        .orElse(values.number("max_db_client_connections"));
        UserLimits user = who.configuration().settings().users().get(identity.user());
        int ofUser =
                (user == null ? OptionalInt.empty() : user.maxClientConnections())
                        .orElse(values.number("max_user_client_connections"));
        if (ofDatabase > 0 && present.ofDatabase(identity.database()) >= ofDatabase) {
            return Optional.of("client connections exceeded (max_db_client_connections)");
        }
        if (ofUser > 0 && present.ofUser(identity.user()) >= ofUser) {
            return Optional.of("client connections exceeded (max_user_client_connections)");
        }
        return Optional.empty();
    }
}
