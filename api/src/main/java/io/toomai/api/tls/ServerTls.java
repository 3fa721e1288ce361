package io.toomai.api.tls;

import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/// The TLS of a server whose certificate and authorities can be replaced while it runs. Thread
/// safe.
public final class ServerTls {
    private final SwappableKeys keys;
    private final SwappableTrust trust;
    private final SSLContext context;

    /// @throws io.toomai.api.ApiException when a file cannot be used
    public ServerTls(Identity identity, Optional<Path> cafile) {
        keys = new SwappableKeys(SwappableKeys.Pair.load(identity));
        trust = new SwappableTrust(cafile);
        context = Contexts.of(keys, trust);
    }

    public SSLContext context() {
        return context;
    }

    /// Reads the files again. When one cannot be used nothing changes.
    ///
    /// @throws io.toomai.api.ApiException when a file cannot be used
    public void reload(Identity identity, Optional<Path> cafile) {
        SwappableKeys.Pair next = SwappableKeys.Pair.load(identity);
        trust.replace(cafile);
        keys.replace(next);
    }
}
