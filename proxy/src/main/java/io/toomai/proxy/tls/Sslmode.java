package io.toomai.proxy.tls;

import java.util.Locale;

/// How much TLS a side wants: the six words of PgBouncer and libpq.
public enum Sslmode {
    /// Never.
    DISABLE,
    /// As `prefer`.
    ALLOW,
    /// Where the peer offers or asks for it.
    PREFER,
    /// Or no connection.
    REQUIRE,
    /// As `require`, and the peer's certificate must be trusted.
    VERIFY_CA,
    /// As `verify-ca`, and a server's certificate must have the name that was asked for.
    VERIFY_FULL;

    static Sslmode of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /// Whether a connection in plain is none.
    public boolean mustEncrypt() {
        return compareTo(REQUIRE) >= 0;
    }

    boolean mustVerify() {
        return compareTo(VERIFY_CA) >= 0;
    }
}
