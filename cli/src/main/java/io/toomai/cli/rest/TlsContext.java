package io.toomai.cli.rest;

import io.toomai.api.ApiException;
import io.toomai.api.tls.Pem;
import io.toomai.cli.CliException;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/// Builds the TLS side of an `Access`. Loaded only when a member speaks HTTPS.
final class TlsContext {
    private TlsContext() {}

    static SSLContext of(Access access) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(access), trust(access), null);
            return context;
        } catch (GeneralSecurityException | IOException | ApiException e) {
            throw new CliException(
                    CliException.Code.BAD_FILE,
                    "the TLS files of ctl/restapi cannot be used: " + e.getMessage());
        }
    }

    private static TrustManager @org.jspecify.annotations.Nullable [] trust(Access access)
            throws GeneralSecurityException, IOException {
        if (access.trust() == Access.Trust.INSECURE) {
            return new TrustManager[] {new TrustEverybody()};
        }
        if (access.authorities().isEmpty()) {
            return null;
        }
        KeyStore store = emptyStore();
        int i = 0;
        for (Certificate certificate : Pem.certificates(access.authorities().get())) {
            store.setCertificateEntry("ca" + i++, certificate);
        }
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyManager @org.jspecify.annotations.Nullable [] keys(Access access)
            throws GeneralSecurityException, IOException {
        if (access.certificate().isEmpty()) {
            return null;
        }
        Access.ClientCertificate own = access.certificate().get();
        PrivateKey key = Pem.privateKey(own.key().orElse(own.certificate()), own.password());
        KeyStore store = emptyStore();
        Certificate[] chain = Pem.certificates(own.certificate()).toArray(new Certificate[0]);
        store.setKeyEntry("client", key, new char[0], chain);
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, new char[0]);
        return store;
    }

    /// For `-k`: the operator asked for no checks. Extended, so that names are not checked either.
    private static final class TrustEverybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
