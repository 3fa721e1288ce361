package io.toomai.proxy.auth;

import io.toomai.core.model.Secret;
import io.toomai.wire.ScramVerifier;
import java.util.Optional;

/// With what one can log in to a server for a client that has proven who it is.
public sealed interface Grant {
    /// With nothing of the client's: it was let in without a password, or by a certificate.
    record Nothing() implements Grant {}

    record Password(Secret password) implements Grant {}

    record Md5(Secret hash) implements Grant {}

    /// Where the server keeps the very same verifier.
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    record ScramKey(ScramVerifier verifier, byte[] clientKey) implements Grant {
        @Override
        public String toString() {
            return "ScramKey";
        }
    }

    /// What a stored password is good for where nobody has proven anything.
    static Grant of(Optional<StoredPassword> stored) {
        return switch (stored.orElse(null)) {
            case StoredPassword.Plain(Secret password) -> new Password(password);
            case StoredPassword.Md5(Secret hash) -> new Md5(hash);
            case StoredPassword.Scram _ -> new Nothing(); // a verifier opens no door
            case null -> new Nothing();
        };
    }
}
