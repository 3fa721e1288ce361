package io.toomai.wire;

/// libpq's `sslmode`, with the same meaning; `allow` is not offered.
public enum TlsMode {
    /// Never TLS.
    DISABLE,
    /// TLS where the server offers it and it works, else without.
    PREFER,
    /// TLS or no connection. The certificate is checked only against a supplied context.
    REQUIRE,
    /// TLS, and the certificate must be trusted by the supplied context.
    VERIFY_CA,
    /// As `VERIFY_CA`, and the certificate must be for the host that was asked for.
    VERIFY_FULL
}
