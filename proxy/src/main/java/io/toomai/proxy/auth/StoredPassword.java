package io.toomai.proxy.auth;

import io.toomai.core.model.Secret;
import io.toomai.wire.ScramVerifier;
import java.util.Optional;

/// What is kept of a user's password, in a user list or in `pg_authid`.
public sealed interface StoredPassword {
    /// As the user types it.
    record Plain(Secret password) implements StoredPassword {}

    /// `md5` and the hash of password and user. Who has it can log in with it.
    record Md5(Secret hash) implements StoredPassword {}

    record Scram(ScramVerifier verifier) implements StoredPassword {}

    /// Told apart by their form, as PostgreSQL does; nothing for an empty text.
    static Optional<StoredPassword> of(String text) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        if (text.matches("md5[0-9a-f]{32}")) {
            return Optional.of(new Md5(new Secret(text)));
        }
        return Optional.of(
                ScramVerifier.parse(text)
                        .<StoredPassword>map(Scram::new)
                        .orElseGet(() -> new Plain(new Secret(text))));
    }
}
