package io.toomai.api.tls;

import io.toomai.api.ApiException;
import io.toomai.api.ApiException.Code;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// The authorities that vouch for the other side; replaceable while in use. Thread safe. Chains are
/// checked, host names are not (contract §2.5).
final class SwappableTrust extends X509ExtendedTrustManager {
    private final AtomicReference<X509ExtendedTrustManager> current;

    SwappableTrust(Optional<Path> cafile) {
        current = new AtomicReference<>(load(cafile));
    }

    void replace(Optional<Path> cafile) {
        current.set(load(cafile));
    }

    /// Without a file, the authorities that come with Java.
    static X509ExtendedTrustManager load(Optional<Path> cafile) {
        try {
            TrustManagerFactory factory =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(cafile.isPresent() ? store(cafile.get()) : null);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager trust) {
                    return trust;
                }
            }
            throw new ApiException(
                    Code.API_CERTIFICATE_UNUSABLE, "this Java has no X.509 trust manager");
        } catch (GeneralSecurityException | IOException e) {
            throw new ApiException(
                    Code.API_CERTIFICATE_UNUSABLE,
                    "authorities cannot be loaded from "
                            + cafile.map(Path::toString).orElse("this Java's own list"),
                    e);
        }
    }

    private static KeyStore store(Path cafile) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int number = 0;
        for (X509Certificate certificate : Pem.certificates(cafile)) {
            store.setCertificateEntry("ca" + number, certificate);
            number++;
        }
        return store;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        current.get().checkClientTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
            throws CertificateException {
        current.get().checkClientTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
            throws CertificateException {
        current.get().checkClientTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        current.get().checkServerTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
            throws CertificateException {
        current.get().checkServerTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
            throws CertificateException {
        current.get().checkServerTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return current.get().getAcceptedIssuers();
    }
}
