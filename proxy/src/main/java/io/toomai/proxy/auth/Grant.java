package io.toomai.proxy.auth;

import io.toomai.core.model.Secret;
import io.toomai.wire.Md5Password;
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

    /// Whether it opens the same doors.
    default boolean isSameAs(Grant other) {
        if (this instanceof ScramKey(var own, _) && other instanceof ScramKey(var others, _)) {
            return own.equals(others);
        }
        return equals(other);
    }

    /// What there is to log in with once a list says of the user what it has not said before.
    default Grant after(String user, StoredPassword listed) {
        return switch (listed) {
            case StoredPassword.Plain(Secret password) -> new Password(password);
            case StoredPassword.Md5(Secret hash) ->
                    this instanceof Password(Secret password)
                                    && Md5Password.stored(user, password.reveal())
                                            .equals(hash.reveal())
                            ? this
                            : new Md5(hash);
            case StoredPassword.Scram(ScramVerifier verifier) ->
                    switch (this) {
                        case ScramKey(var own, _) -> own.equals(verifier) ? this : new Nothing();
                        case Password _ -> this; // to see whether it fits takes long: servers do
                        case Md5 _ -> new Nothing();
                        case Nothing _ -> this;
                    };
        };
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
