package io.toomai.dcs.http;

import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import java.util.Objects;

/// The store answered that it did not do what it was asked to, or cannot say whether it did
/// ([Kind#UNAVAILABLE]).
public final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /// What follows from a refusal.
    public enum Kind {
        /// No leader, no majority, too slow, too busy: another server may do better.
        UNAVAILABLE,
        /// The token is missing or was forgotten: a new one, and again. Nothing was done.
        TOKEN,
        /// Wrong credentials or missing rights. Nothing was done.
        DENIED,
        /// The lease or session of the request is over. Nothing was done.
        NO_LEASE,
        /// This store does not ask who we are.
        NO_AUTHENTICATION,
        /// Anything else.
        OTHER
    }

    public Refusal(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /// @param who the store and the member, as messages name them
    public DcsException asException(String who) {
        Code code =
                switch (kind) {
                    case UNAVAILABLE -> Code.DCS_CONNECTION;
                    case TOKEN, DENIED -> Code.DCS_DENIED;
                    case NO_LEASE -> Code.DCS_SESSION_EXPIRED;
                    case NO_AUTHENTICATION, OTHER -> Code.DCS_PROTOCOL;
                };
        return new DcsException(code, who + ": " + Objects.requireNonNull(getMessage()), this);
    }
}
