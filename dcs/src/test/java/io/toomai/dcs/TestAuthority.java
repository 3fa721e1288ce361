package io.toomai.dcs;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// An authority whose certificates a test hands out: files in PEM, made by the system's `openssl`.
///
/// @param subject its name; two may have the same
/// @param folder for all its files, and of nobody else
public record TestAuthority(String subject, Path folder) {
    private static final String KEY = " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

    /// A certificate and its key.
    public record Issued(Path certificate, Path key) {}

    /// How long a certificate is good for.
    public enum Validity {
        TWO_DAYS(2),
        /// Over a second after it was made.
        EXPIRED(0);

        private final int days;

        Validity(int days) {
            this.days = days;
        }
    }

    public static TestAuthority create(String subject, Path folder) throws Exception {
        TestAuthority authority = new TestAuthority(subject, Files.createDirectories(folder));
        authority.openssl(
                "req -x509 -days 2 -subj /CN=" + subject + " -keyout ca.key -out ca.pem" + KEY);
        return authority;
    }

    /// @param alternative as openssl writes it: `IP:127.0.0.1` or `DNS:name`
    public Issued issue(String name, String alternative, Validity validity) throws Exception {
        openssl(
                "req -subj /CN=%1$s -addext subjectAltName=%2$s -keyout %1$s.key -out %1$s.csr"
                                .formatted(name, alternative)
                        + KEY);
        openssl(
                "x509 -req -in %1$s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days %2$d"
                                .formatted(name, validity.days)
                        + " -copy_extensions copy -out %s.pem".formatted(name));
        return new Issued(folder.resolve(name + ".pem"), folder.resolve(name + ".key"));
    }

    /// Its own certificate, which makes others trusted.
    public Path certificate() {
        return folder.resolve("ca.pem");
    }

    /// For a client that trusts this authority alone.
    public SSLContext client(Optional<Issued> shown) throws Exception {
        char[] password = {};
        KeyStore own = empty();
        if (shown.isPresent()) {
            own.setKeyEntry(
                    "own",
                    key(shown.get().key()),
                    password,
                    new Certificate[] {read(shown.get().certificate())});
        }
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, password);
        KeyStore trusted = empty();
        trusted.setCertificateEntry("authority", read(certificate()));
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static KeyStore empty() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static Certificate read(Path pem) throws Exception {
        try (InputStream in = Files.newInputStream(pem)) {
            return CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static PrivateKey key(Path pem) throws Exception {
        String text = Files.readString(pem).replaceAll("-----[A-Z ]+-----", "");
        byte[] bytes = Base64.getMimeDecoder().decode(text);
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(bytes));
    }

    private void openssl(String arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ", -1)));
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(
                                        folder.resolve("openssl.log").toFile()))
                        .start();
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new AssertionError(arguments + ", see openssl.log: " + folder);
        }
    }
}
