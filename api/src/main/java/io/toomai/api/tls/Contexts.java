package io.toomai.api.tls;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/// Makes TLS contexts.
public final class Contexts {
    private Contexts() {}

    /// For calls to other members.
    ///
    /// @param cafile without it, server certificates are not verified
    /// @param identity the certificate to show when asked
    /// @throws io.toomai.api.ApiException when a file cannot be used
    public static SSLContext client(Optional<Path> cafile, Optional<Identity> identity) {
        KeyManager keys =
                identity.map(i -> new SwappableKeys(SwappableKeys.Pair.load(i))).orElse(null);
        return of(keys, cafile.isPresent() ? new SwappableTrust(cafile) : new NoVerification());
    }

    /// For calls to servers whose certificate must name the host that was asked for, where the
    /// socket wants that checked (`SSLParameters`). Among members it is not (contract §2.5).
    ///
    /// @param cafile without it, the authorities that come with Java
    public static SSLContext clientByName(Optional<Path> cafile, Optional<Identity> identity) {
        KeyManager keys =
                identity.map(i -> new SwappableKeys(SwappableKeys.Pair.load(i))).orElse(null);
        return of(keys, SwappableTrust.load(cafile));
    }

    /// For calls to members whose certificates are not verified, showing none. Made when first
    /// needed: a cluster without TLS does not load TLS.
    public static SSLContext anonymousClient() {
        return Anonymous.CONTEXT;
    }

    private static final class Anonymous {
        static final SSLContext CONTEXT = of(null, new NoVerification());
    }

    static SSLContext of(@Nullable KeyManager keys, TrustManager trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    keys == null ? null : new KeyManager[] {keys},
                    new TrustManager[] {trust},
                    null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        }
    }
}
