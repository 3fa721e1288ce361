package io.toomai.dcs.kubernetes;

import io.vertx.core.net.SelfSignedCertificate;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A certificate for `localhost`, made for these tests.
final class TestTls {
    static final SSLContext SERVER;
    static final SSLContext CLIENT;

    static {
        try {
            SelfSignedCertificate made = SelfSignedCertificate.create("localhost");
            Certificate certificate;
            try (InputStream in = Files.newInputStream(Path.of(made.certificatePath()))) {
                certificate = CertificateFactory.getInstance("X.509").generateCertificate(in);
            }
            PrivateKey key = key(Path.of(made.privateKeyPath()));
            made.delete();
            char[] password = {};
            KeyStore own = empty();
            own.setKeyEntry("api", key, password, new Certificate[] {certificate});
            KeyManagerFactory keys =
                    KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(own, password);
            SERVER = SSLContext.getInstance("TLS");
            SERVER.init(keys.getKeyManagers(), null, null);
            KeyStore trusted = empty();
            trusted.setCertificateEntry("api", certificate);
            TrustManagerFactory trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            CLIENT = SSLContext.getInstance("TLS");
            CLIENT.init(null, trust.getTrustManagers(), null);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private TestTls() {}

    private static KeyStore empty() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static PrivateKey key(Path pem) throws Exception {
        String text = Files.readString(pem).replaceAll("-----[A-Z ]+-----", "");
        byte[] bytes = Base64.getMimeDecoder().decode(text);
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(bytes));
    }
}
