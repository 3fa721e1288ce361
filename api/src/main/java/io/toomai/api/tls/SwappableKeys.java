package io.toomai.api.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/// One certificate that can be replaced while the server runs: new handshakes use the new one.
/// Thread safe. A handshake under way across a replacement may fail once; the client comes again.
final class SwappableKeys extends X509ExtendedKeyManager {
    private static final String ALIAS = "toomai";

    private final AtomicReference<Pair> current;

    SwappableKeys(Pair first) {
        current = new AtomicReference<>(first);
    }

    /// A key and its chain, leaf first.
    record Pair(PrivateKey key, List<X509Certificate> chain) {
        static Pair load(Identity identity) {
            return new Pair(
                    Pem.privateKey(
                            identity.keyfile().orElse(identity.certfile()),
                            identity.keyfilePassword()),
                    Pem.certificates(identity.certfile()));
        }
    }

    void replace(Pair next) {
        current.set(next);
    }

    /// Java asks for an alias per key type; a wrong type would break the handshake.
    private @Nullable String aliasFor(String keyType) {
        String algorithm = current.get().key().getAlgorithm();
        String wanted = keyType.startsWith("EC_") ? "EC" : keyType;
        return wanted.equals(algorithm)
                        || (algorithm.equals("RSA") && wanted.startsWith("RSA"))
                        || (algorithm.equals("EdDSA") && wanted.startsWith("Ed"))
                ? ALIAS
                : null;
    }

    private @Nullable String firstAlias(String[] keyTypes) {
        for (String keyType : keyTypes) {
            if (aliasFor(keyType) != null) {
                return ALIAS;
            }
        }
        return null;
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return aliasFor(keyType) == null ? null : new String[] {ALIAS};
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return firstAlias(keyTypes);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return firstAlias(keyTypes);
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return getClientAliases(keyType, issuers);
    }

    @Override
    public @Nullable String chooseServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return aliasFor(keyType);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return aliasFor(keyType);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return current.get().chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return current.get().key();
    }
}
