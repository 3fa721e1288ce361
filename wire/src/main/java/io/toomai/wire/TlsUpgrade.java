package io.toomai.wire;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/// Asks the server for TLS on a fresh connection and shakes hands.
final class TlsUpgrade {
    private TlsUpgrade() {}

    /// The encrypted socket, or empty when the server does not offer TLS.
    static Optional<SSLSocket> ask(Socket raw, ConnectOptions options) throws IOException {
        new FrameWriter(raw.getOutputStream()).sslRequest();
        // Unbuffered on purpose: bytes after this answer must not be taken for part of the
        // encrypted session (CVE-2021-23222).
        int answer = raw.getInputStream().read();
        return switch (answer) {
            case 'S' -> Optional.of(shakeHands(raw, options));
            case 'N' -> Optional.empty();
            default ->
                    throw new WireException(
                            WireException.Code.WIRE_PROTOCOL,
                            options.address()
                                    + " answered neither yes nor no to the request for TLS"
                                    + " (is this a PostgreSQL port?)");
        };
    }

    private static SSLSocket shakeHands(Socket raw, ConnectOptions options) throws IOException {
        SSLContext context = options.tls().context().orElseGet(TlsUpgrade::anyCertificate);
        SSLSocket socket =
                (SSLSocket)
                        context.getSocketFactory()
                                .createSocket(raw, options.host(), options.port(), true);
        if (options.tls().mode() == TlsMode.VERIFY_FULL) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
        }
        try {
            socket.startHandshake();
        } catch (SSLException e) {
            throw new WireException(
                    WireException.Code.WIRE_TLS,
                    "TLS with "
                            + options.address()
                            + " failed ("
                            + e.getMessage()
                            + "); check sslmode, sslrootcert and the server's certificate",
                    e);
        }
        return socket;
    }

    /// The hash of `tls-server-end-point`, or empty where there is none.
    static Optional<byte[]> certificateHash(SSLSocket socket) {
        try {
            Certificate[] chain = socket.getSession().getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate certificate
                    ? EndPointHash.of(certificate)
                    : Optional.empty();
        } catch (SSLException _) { // nobody has shown one
            return Optional.empty();
        }
    }

    /// `prefer` and `require` without a root certificate encrypt but do not ask whom they talk to;
    /// that is libpq's meaning of these modes.
    private static SSLContext anyCertificate() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new TrustAnyone()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new WireException(
                    WireException.Code.WIRE_TLS, "this Java offers no TLS: " + e.getMessage(), e);
        }
    }

    private static final class TrustAnyone extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
