package io.toomai.wire;

import java.util.Optional;
import javax.net.ssl.SSLContext;

/// How far the connection is encrypted and the server's certificate checked. The context carries
/// trusted roots and, where the server wants one, the client's certificate.
public record Tls(TlsMode mode, Optional<SSLContext> context) {
    public Tls {
        boolean verifies = mode == TlsMode.VERIFY_CA || mode == TlsMode.VERIFY_FULL;
        if (verifies && context.isEmpty()) {
            throw new IllegalArgumentException(
                    mode + " needs an SSL context with the roots to trust (sslrootcert)");
        }
    }

    public static Tls of(TlsMode mode) {
        return new Tls(mode, Optional.empty());
    }

    public static Tls of(TlsMode mode, SSLContext context) {
        return new Tls(mode, Optional.of(context));
    }
}
