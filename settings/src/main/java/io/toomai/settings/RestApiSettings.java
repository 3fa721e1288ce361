package io.toomai.settings;

import io.toomai.core.model.Secret;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The `restapi` section: where the REST API listens and whom it lets change things.
public record RestApiSettings(
        HostPort listen,
        HostPort connectAddress,
        Optional<Credentials> authentication,
        Optional<Tls> tls,
        List<String> allowlist,
        boolean allowlistIncludeMembers,
        Map<String, String> httpExtraHeaders,
        Map<String, String> httpsExtraHeaders,
        int requestQueueSize,
        String serverTokens) {
    public RestApiSettings {
        allowlist = List.copyOf(allowlist);
        httpExtraHeaders = Collections.unmodifiableMap(new TreeMap<>(httpExtraHeaders));
        httpsExtraHeaders = Collections.unmodifiableMap(new TreeMap<>(httpsExtraHeaders));
    }

    public String scheme() {
        return tls.isPresent() ? "https" : "http";
    }

    /// Certificate of the server and what is asked of clients.
    ///
    /// @param cipherSuites by their Java names, the preferred first; empty = those of the JVM
    public record Tls(
            Path certfile,
            Optional<Path> keyfile,
            Optional<Secret> keyfilePassword,
            Optional<Path> cafile,
            List<String> cipherSuites,
            VerifyClient verifyClient) {
        public Tls {
            cipherSuites = List.copyOf(cipherSuites);
        }
    }

    /// When a client must show a certificate.
    public enum VerifyClient {
        NONE,
        OPTIONAL,
        REQUIRED
    }
}
