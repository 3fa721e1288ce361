package io.toomai.dcs.etcd;

import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import java.util.Objects;

/// etcd answered that it did not do what it was asked to, or cannot say whether it did
/// ([Kind#UNAVAILABLE]). Codes are those of gRPC; where one has several meanings the text decides.
final class EtcdRefusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /// What follows from a refusal.
    enum Kind {
        /// No leader, no majority, too slow, too busy: another server may do better.
        UNAVAILABLE,
        /// The token is missing or was forgotten: a new one, and again. Nothing was done.
        TOKEN,
        /// Wrong credentials or missing rights. Nothing was done.
        DENIED,
        /// The lease of the request is over. Nothing was done.
        NO_LEASE,
        /// This etcd does not ask who we are.
        NO_AUTHENTICATION,
        /// Anything else.
        OTHER
    }

    EtcdRefusal(long code, String message) {
        super(message);
        this.kind = kind(code, message);
    }

    private static Kind kind(long code, String message) {
        if (message.contains("invalid auth token")
                || message.contains("user name is empty")
                || message.contains("revision of auth store is old")) {
            return Kind.TOKEN;
        }
        if (message.contains("lease not found")) {
            return Kind.NO_LEASE;
        }
        if (message.contains("authentication is not enabled")) {
            return Kind.NO_AUTHENTICATION;
        }
        if (message.contains("authentication failed")) {
            return Kind.DENIED;
        }
        return switch ((int) code) {
            case 1, 4, 8, 14 -> Kind.UNAVAILABLE; // cancelled, too late, exhausted, unavailable
            case 7, 16 -> Kind.DENIED;
            default -> Kind.OTHER;
        };
    }

    Kind kind() {
        return kind;
    }

    DcsException asException(String who) {
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
