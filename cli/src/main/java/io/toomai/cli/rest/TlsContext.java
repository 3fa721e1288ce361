package io.toomai.cli.rest;

import io.toomai.cli.CliException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
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
        } catch (GeneralSecurityException | IOException e) {
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
        for (Certificate certificate : certificates(access.authorities().get())) {
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
        char[] password =
                own.password().map(secret -> secret.reveal().toCharArray()).orElse(new char[0]);
        PrivateKey key = privateKey(own.key().orElse(own.certificate()), password);
        KeyStore store = emptyStore();
        Certificate[] chain = certificates(own.certificate()).toArray(new Certificate[0]);
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

    private static Collection<? extends Certificate> certificates(Path file)
            throws GeneralSecurityException, IOException {
        String text = Files.readString(file);
        var pem = new StringBuilder();
        for (int from = text.indexOf(BEGIN_CERTIFICATE);
                from >= 0;
                from = text.indexOf(BEGIN_CERTIFICATE, from + 1)) {
            int to = text.indexOf("-----END CERTIFICATE-----", from);
            if (to < 0) {
                throw new IOException(file + " ends within a certificate");
            }
            pem.append(text, from, to).append("-----END CERTIFICATE-----\n");
        }
        try (InputStream in =
                new java.io.ByteArrayInputStream(
                        pem.toString().getBytes(java.nio.charset.StandardCharsets.US_ASCII))) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in);
        }
    }

    private static final String BEGIN_CERTIFICATE = "-----BEGIN CERTIFICATE-----";

    private static PrivateKey privateKey(Path file, char[] password)
            throws GeneralSecurityException, IOException {
        String text = Files.readString(file);
        if (text.contains("-----BEGIN PRIVATE KEY-----")) {
            return pkcs8(new PKCS8EncodedKeySpec(body(text, "PRIVATE KEY")));
        }
        if (text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")) {
            var sealed = new EncryptedPrivateKeyInfo(body(text, "ENCRYPTED PRIVATE KEY"));
            String algorithm = sealed.getAlgParameters().toString();
            Cipher cipher = Cipher.getInstance(algorithm);
            var secret =
                    SecretKeyFactory.getInstance(algorithm)
                            .generateSecret(new PBEKeySpec(password));
            cipher.init(Cipher.DECRYPT_MODE, secret, sealed.getAlgParameters());
            return pkcs8(sealed.getKeySpec(cipher));
        }
        throw new IOException(
                file + " holds no PKCS #8 key; convert it with: openssl pkcs8 -topk8 -nocrypt");
    }

    private static byte[] body(String text, String kind) {
        String begin = "-----BEGIN " + kind + "-----";
        int from = text.indexOf(begin) + begin.length();
        int to = text.indexOf("-----END " + kind + "-----", from);
        return Base64.getMimeDecoder().decode(text.substring(from, to < 0 ? text.length() : to));
    }

    private static PrivateKey pkcs8(PKCS8EncodedKeySpec spec) throws GeneralSecurityException {
        for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException _) {
                // The next algorithm may fit; the file does not name it plainly.
            }
        }
        throw new InvalidKeySpecException("the private key is neither RSA, EC nor EdDSA");
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
