package io.toomai.api.rest;

import io.toomai.api.tls.Identity;
import io.toomai.core.model.Secret;
import io.toomai.settings.RestApiSettings;
import io.toomai.settings.ToomaiSettings.Compatibility;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// How the REST API listens and whom it lets change things; the `restapi` section of the
/// configuration (contract §4.2) and `toomai.restapi.unauthenticated`.
///
/// @param host address or name to listen on; `0.0.0.0`, `::`, `*` or empty text for all
/// @param port 0 takes any free one
/// @param allowlist networks (`10.0.0.0/8`), addresses and host names that may change things
public record RestConfig(
        String host,
        int port,
        Optional<BasicAuth> authentication,
        Optional<Tls> tls,
        List<String> allowlist,
        Members allowlistIncludeMembers,
        Map<String, String> httpExtraHeaders,
        Map<String, String> httpsExtraHeaders,
        Unauthenticated unauthenticated,
        Manner manner,
        Limits limits) {

    public RestConfig {
        allowlist = List.copyOf(allowlist);
        httpExtraHeaders = Collections.unmodifiableMap(new TreeMap<>(httpExtraHeaders));
        httpsExtraHeaders = Collections.unmodifiableMap(new TreeMap<>(httpsExtraHeaders));
    }

    /// The `restapi` section as read from the configuration.
    public static RestConfig of(
            RestApiSettings settings,
            Unauthenticated unauthenticated,
            Compatibility compatibility) {
        return new RestConfig(
                settings.listen().host(),
                settings.listen().port(),
                settings.authentication().map(a -> new BasicAuth(a.username(), a.password())),
                settings.tls().map(RestConfig::tls),
                settings.allowlist(),
                settings.allowlistIncludeMembers() ? Members.INCLUDED : Members.NOT_INCLUDED,
                settings.httpExtraHeaders(),
                settings.httpsExtraHeaders(),
                unauthenticated,
                Manner.of(settings, compatibility),
                Limits.DEFAULT.withWaiting(settings.requestQueueSize()));
    }

    private static Tls tls(RestApiSettings.Tls tls) {
        VerifyClient verify =
                switch (tls.verifyClient()) {
                    case NONE -> VerifyClient.NONE;
                    case OPTIONAL -> VerifyClient.OPTIONAL;
                    case REQUIRED -> VerifyClient.REQUIRED;
                };
        return new Tls(
                new Identity(tls.certfile(), tls.keyfile(), tls.keyfilePassword()),
                tls.cafile(),
                verify,
                tls.cipherSuites());
    }

    /// Plain HTTP without any access control; on loopback that is enough.
    public static RestConfig plain(String host, int port) {
        return new RestConfig(
                host,
                port,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Members.NOT_INCLUDED,
                Map.of(),
                Map.of(),
                Unauthenticated.REFUSE,
                Manner.PLAIN,
                Limits.DEFAULT);
    }

    /// `restapi.authentication`.
    public record BasicAuth(String username, Secret password) {}

    /// `restapi.certfile` and what goes with it.
    ///
    /// @param cipherSuites by their Java names, the preferred first; empty = those of the JVM
    public record Tls(
            Identity identity,
            Optional<Path> cafile,
            VerifyClient verifyClient,
            List<String> cipherSuites) {
        public Tls {
            cipherSuites = List.copyOf(cipherSuites);
        }

        /// With the cipher suites of the JVM.
        public Tls(Identity identity, Optional<Path> cafile, VerifyClient verifyClient) {
            this(identity, cafile, verifyClient, List.of());
        }
    }

    /// `restapi.verify_client`.
    public enum VerifyClient {
        NONE,
        /// Reading needs no certificate, changing does.
        OPTIONAL,
        REQUIRED
    }

    /// `restapi.allowlist_include_members`.
    public enum Members {
        INCLUDED,
        NOT_INCLUDED
    }

    /// `toomai.restapi.unauthenticated`: what happens to calls that change something when the API
    /// can be reached from other hosts and nothing protects it (decision 0004).
    public enum Unauthenticated {
        REFUSE,
        ALLOW
    }

    /// Bounds on what callers may take.
    ///
    /// @param bodyBytes longest body of a request
    /// @param transfer time in which a body must arrive and an answer be taken
    /// @param reads calls that only read, at the same time; more are answered 503
    /// @param changes calls that change something, at the same time; they may last for minutes and
    ///   must not keep health checks out
    /// @param streams of heartbeats, at the same time: one of each other member
    /// @param waiting connections that wait to be accepted (`restapi.request_queue_size`); 0 = 50
    public record Limits(
            int bodyBytes, Duration transfer, int reads, int changes, int streams, int waiting) {
        public static final Limits DEFAULT =
                new Limits(1 << 20, Duration.ofSeconds(10), 256, 16, 256, 50);

        Limits withWaiting(int connections) {
            return new Limits(bodyBytes, transfer, reads, changes, streams, connections);
        }
    }

    /// Whether a client must or may show a certificate that the authorities vouch for.
    boolean checksClientCertificates() {
        return tls.filter(t -> t.verifyClient() != VerifyClient.NONE).isPresent();
    }

    boolean hasAllowlist() {
        return !allowlist.isEmpty() || allowlistIncludeMembers == Members.INCLUDED;
    }
}
