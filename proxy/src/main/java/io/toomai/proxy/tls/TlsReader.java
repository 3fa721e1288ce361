package io.toomai.proxy.tls;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.toomai.settings.Problem;
import io.toomai.settings.Warning;
import io.toomai.settings.pem.PemException;
import io.toomai.settings.pem.PemFile;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Reads `client_tls_*` and `server_tls_*` with the files that they name. What is wrong is a
/// problem that names the key; then what was in force stays.
public final class TlsReader {
    /// The name of PostgreSQL's protocol in TLS (ALPN).
    public static final String ALPN = "postgresql";

    private static final List<String> FILES = List.of("cert_file", "key_file", "ca_file");

    private final String side;
    private final Function<String, String> values;
    private final String source;
    private final List<Problem> problems;
    private final List<Warning> warnings;

    private TlsReader(
            String side,
            Function<String, String> values,
            String source,
            List<Problem> problems,
            List<Warning> warnings) {
        this.side = side;
        this.values = values;
        this.source = source;
        this.problems = problems;
        this.warnings = warnings;
    }

    /// @param values a setting's by its name
    /// @param source the file that has them, for messages
    /// @param problems gets what is wrong; then the result is not to be used
    /// @param warnings gets what is taken as it is and may not be what is wanted
    public static ClientTls client(
            Function<String, String> values,
            String source,
            List<Problem> problems,
            List<Warning> warnings) {
        return new TlsReader("client_tls", values, source, problems, warnings).client();
    }

    /// @param values a setting's by its name
    /// @param source the file that has them, for messages
    /// @param problems gets what is wrong; then the result is not to be used
    /// @param warnings gets what is taken as it is and may not be what is wanted
    public static ServerTls server(
            Function<String, String> values,
            String source,
            List<Problem> problems,
            List<Warning> warnings) {
        return new TlsReader("server_tls", values, source, problems, warnings).server();
    }

    private ClientTls client() {
        Sslmode mode = Sslmode.of(text("sslmode"));
        if (mode == Sslmode.DISABLE) {
            return new ClientTls.Off();
        }
        Optional<File> certificate = file("cert_file");
        Optional<File> key = file("key_file");
        if (certificate.isEmpty() || key.isEmpty()) {
            problem(
                    certificate.isEmpty() ? "cert_file" : "key_file",
                    "names no file that can be read; TLS with clients needs it");
            return new ClientTls.Off();
        }
        Optional<SslContextBuilder> builder =
                pair(key.get(), certificate.get())
                        .map(own -> SslContextBuilder.forServer(own.key(), own.chain()));
        builder.ifPresent(b -> {
            boolean trusts = trust(b, mode);
            b.clientAuth(
                    mode.mustVerify()
                            ? ClientAuth.REQUIRE
                            : trusts ? ClientAuth.OPTIONAL : ClientAuth.NONE);
        });
        return builder.flatMap(this::finish)
                .<ClientTls>map(context -> new ClientTls.On(context, demand(mode), authorities()))
                .orElseGet(ClientTls.Off::new);
    }

    private static ClientTls.Demand demand(Sslmode mode) {
        if (mode.mustVerify()) {
            return ClientTls.Demand.VERIFIED;
        }
        return mode.mustEncrypt() ? ClientTls.Demand.REQUIRED : ClientTls.Demand.OFFERED;
    }

    private ServerTls server() {
        Sslmode mode = Sslmode.of(text("sslmode"));
        if (mode == Sslmode.DISABLE) {
            return new ServerTls.Off();
        }
        boolean direct = text("negotiation").equals("direct");
        if (direct && !mode.mustEncrypt()) {
            problem(
                    "negotiation",
                    "direct needs server_tls_sslmode = require, verify-ca or verify-full");
            return new ServerTls.Off();
        }
        if (!mode.mustEncrypt() && isUsual()) {
            return new ServerTls.Asked(
                    new LateContext(() -> server(mode).orElseThrow()),
                    ServerTls.Refusal.GOES_ON_IN_PLAIN,
                    ServerTls.Opening.REQUEST,
                    origin());
        }
        return server(mode)
                .<ServerTls>map(context ->
                        new ServerTls.Asked(
                                () -> context,
                                mode.mustEncrypt()
                                        ? ServerTls.Refusal.ENDS
                                        : ServerTls.Refusal.GOES_ON_IN_PLAIN,
                                direct ? ServerTls.Opening.HANDSHAKE : ServerTls.Opening.REQUEST,
                                origin()))
                .orElseGet(ServerTls.Off::new);
    }

    /// Of the settings, and what is in the files that they name.
    private String origin() {
        MessageDigest digest = sha256();
        digest.update(values.apply(modernKey()).getBytes(StandardCharsets.UTF_8));
        for (String key : List.of("sslmode", "negotiation", "protocols", "ciphers")) {
            digest.update((byte) 0);
            digest.update(text(key).getBytes(StandardCharsets.UTF_8));
        }
        for (String key : FILES) {
            file(key)
                    .flatMap(file -> attempt(key, () -> Files.readAllBytes(file.toPath())))
                    .ifPresent(bytes -> {
                        digest.update(key.getBytes(StandardCharsets.UTF_8));
                        digest.update(bytes);
                    });
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /// A hash of them.
    private String authorities() {
        return file("ca_file")
                .flatMap(file -> attempt("ca_file", () -> Files.readAllBytes(file.toPath())))
                .map(bytes -> HexFormat.of().formatHex(sha256().digest(bytes)))
                .orElse("");
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("each Java has SHA-256", e);
        }
    }

    /// Whether there is nothing in which a fault could be found by building it.
    private boolean isUsual() {
        return FILES.stream().allMatch(key -> text(key).isEmpty())
                && Suites.areUsual(text("ciphers"), values.apply(modernKey()))
                && text("protocols").equals("secure");
    }

    private Optional<SslContext> server(Sslmode mode) {
        SslContextBuilder builder =
                SslContextBuilder.forClient()
                        .endpointIdentificationAlgorithm(
                                mode == Sslmode.VERIFY_FULL ? "HTTPS" : null);
        if (mode.mustVerify()) {
            trust(builder, mode);
        } else {
            builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
        }
        Optional<File> certificate = file("cert_file");
        Optional<File> key = file("key_file");
        if (certificate.isPresent() != key.isPresent()) {
            problem(
                    certificate.isEmpty() ? "cert_file" : "key_file",
                    "is missing: certificate and key belong together");
        } else if (certificate.isPresent()) {
            pair(key.get(), certificate.get())
                    .ifPresent(own -> builder.keyManager(own.key(), own.chain()));
        }
        return finish(builder);
    }

    /// @return whether certificates of the peer's are looked at
    private boolean trust(SslContextBuilder builder, Sslmode mode) {
        Optional<File> authorities = file("ca_file");
        if (authorities.isPresent()) {
            attempt("ca_file", () -> builder.trustManager(authorities.get()));
        } else if (mode.mustVerify() && text("ca_file").isEmpty()) {
            problem("ca_file", "is missing: " + text("sslmode") + " must know whom to trust");
        }
        return authorities.isPresent();
    }

    private Optional<SslContext> finish(SslContextBuilder builder) {
        try {
            builder.protocols(Protocols.parse(text("protocols")));
        } catch (IllegalArgumentException e) {
            problem("protocols", String.valueOf(e.getMessage()));
        }
        List<String> suites = suites();
        builder.sslProvider(suites.isEmpty() ? usualProvider() : SslProvider.JDK);
        if (!suites.isEmpty()) {
            builder.ciphers(suites, SupportedCipherSuiteFilter.INSTANCE);
        }
        builder.applicationProtocolConfig(
                new ApplicationProtocolConfig(
                        Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        ALPN));
        return attempt("sslmode", builder::build);
    }

    /// Empty where the provider may choose, and where a word is unknown.
    private List<String> suites() {
        String modern = values.apply(modernKey());
        if (Suites.areUsual(text("ciphers"), modern)) {
            return List.of();
        }
        String key = side + "_ciphers";
        try {
            List<String> all = Suites.of(text("ciphers"));
            key = modernKey();
            return Suites.chosen(all, modern);
        } catch (IllegalArgumentException e) {
            report(key, String.valueOf(e.getMessage()));
            return List.of();
        }
    }

    private String modernKey() {
        return side + "13_ciphers";
    }

    /// BoringSSL costs less than Java's own and does not let suites of TLS 1.3 be chosen (decision
    /// 0038).
    private static SslProvider usualProvider() {
        return OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
    }

    /// What this side shows of itself.
    private record Pair(PrivateKey key, List<X509Certificate> chain) {}

    /// A certificate with the key of another one would be found out by the first peer only, and by
    /// all that come.
    private Optional<Pair> pair(File keyFile, File certificate) {
        Optional<PrivateKey> key =
                attempt("key_file", () -> PemFile.privateKey(keyFile.toPath(), Optional.empty()));
        Optional<List<X509Certificate>> chain =
                attempt("cert_file", () -> PemFile.certificates(certificate.toPath()));
        if (key.isEmpty() || chain.isEmpty()) {
            return Optional.empty();
        }
        if (!PemFile.isOf(key.get(), chain.get().getFirst())) {
            problem(
                    "key_file",
                    "%s is not the key of the first certificate in %s"
                            .formatted(keyFile, certificate));
            return Optional.empty();
        }
        chain.get().forEach(link -> warnIfOver(link, certificate));
        return Optional.of(new Pair(key.get(), chain.get()));
    }

    /// It is shown all the same: who does not verify takes it.
    private void warnIfOver(X509Certificate link, File certificate) {
        try {
            link.checkValidity();
        } catch (CertificateException _) {
            warnings.add(
                    new Warning(
                            side + "_cert_file",
                            source,
                            0,
                            "%s: %s is valid from %s to %s; a peer that verifies it refuses the connection. Put a valid one there and RELOAD"
                                    .formatted(
                                            certificate,
                                            link.getSubjectX500Principal(),
                                            link.getNotBefore().toInstant(),
                                            link.getNotAfter().toInstant())));
        }
    }

    /// Something that reads files or keys.
    private interface Reading<T> {
        T read() throws IOException;
    }

    private <T> Optional<T> attempt(String key, Reading<T> reading) {
        try {
            return Optional.of(reading.read());
        } catch (PemException e) {
            problem(key, String.valueOf(e.getMessage()));
            return Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            problem(key, "cannot be used: " + cause.getMessage());
            return Optional.empty();
        }
    }

    private Optional<File> file(String key) {
        String name = text(key);
        if (name.isEmpty()) {
            return Optional.empty();
        }
        if (!Files.isReadable(Path.of(name))) {
            problem(key, "cannot read " + name);
            return Optional.empty();
        }
        return Optional.of(new File(name));
    }

    private String text(String key) {
        return values.apply(side + "_" + key);
    }

    private void problem(String key, String what) {
        report(side + "_" + key, what);
    }

    private void report(String key, String what) {
        Problem problem = new Problem(key, source, 0, what);
        if (!problems.contains(problem)) {
            problems.add(problem);
        }
    }
}
