package io.toomai.agent.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// TLS to servers that authorities in a PEM file vouch for, by name. Made when the first connection
/// is, and anew when the file was replaced. Thread-safe.
final class TrustedAuthorities implements Supplier<SSLContext> {
    private final Path file;

    // Guarded by this.
    private Optional<Made> made = Optional.empty();

    private record Made(SSLContext context, FileTime of) {}

    TrustedAuthorities(Path file) {
        this.file = file;
    }

    /// @throws UncheckedIOException when the file cannot be read or holds no certificate
    @Override
    public synchronized SSLContext get() {
        try {
            FileTime written = Files.getLastModifiedTime(file);
            if (made.filter(m -> m.of().equals(written)).isEmpty()) {
                made = Optional.of(new Made(make(), written));
            }
            return made.orElseThrow().context();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    new IOException("authorities in " + file + ": " + e.getMessage(), e));
        }
    }

    private SSLContext make() throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            for (Certificate authority :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry("authority-" + trusted.size(), authority);
            }
            if (trusted.size() == 0) {
                throw new IOException("there is no certificate in it");
            }
            TrustManagerFactory trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
