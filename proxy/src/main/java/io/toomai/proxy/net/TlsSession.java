package io.toomai.proxy.net;

import io.toomai.wire.EndPointHash;
import io.toomai.wire.ScramServer.Binding;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/// What the two ends of a TLS session have shown each other.
final class TlsSession {
    private TlsSession() {}

    /// A client that came, now known by its session.
    static Arrival of(SSLSession session, Arrival before) {
        Certificate[] own = session.getLocalCertificates();
        Optional<byte[]> hash =
                own != null && own.length > 0 && own[0] instanceof X509Certificate certificate
                        ? EndPointHash.of(certificate)
                        : Optional.empty();
        Origin origin = before.origin();
        return new Arrival(
                new Origin(
                        origin.address(),
                        origin.port(),
                        (session.getProtocol() + "/" + session.getCipherSuite()).intern()),
                before.door(),
                hash.<Binding>map(Binding.Offered::of).orElseGet(Binding.Impossible::new),
                peer(session),
                before.systemUser());
    }

    /// The hash of a server's certificate to which a login at it is bound.
    static Optional<byte[]> endPoint(SSLSession session) {
        return peer(session).flatMap(EndPointHash::of);
    }

    private static Optional<X509Certificate> peer(SSLSession session) {
        try {
            Certificate[] chain = session.getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate certificate
                    ? Optional.of(certificate)
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException _) { // it has shown none
            return Optional.empty();
        }
    }
}
