package io.toomai.agent.store;

import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/// Made when the first connection with TLS is: a cluster without does not load it.
final class LateTls implements Supplier<SSLContext> {
    private final Supplier<SSLContext> making;
    private Optional<SSLContext> made = Optional.empty();

    LateTls(Supplier<SSLContext> making) {
        this.making = making;
    }

    @Override
    public synchronized SSLContext get() {
        if (made.isEmpty()) {
            made = Optional.of(making.get());
        }
        return made.get();
    }

    /// Trusts whom Java trusts, and shows no certificate.
    static SSLContext usual() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        }
    }
}
