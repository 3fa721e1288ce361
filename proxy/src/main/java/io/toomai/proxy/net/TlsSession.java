package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.toomai.wire.EndPointHash;
import io.toomai.wire.ScramServer.Binding;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/// What the two ends of a TLS session have shown each other.
final class TlsSession {
    private TlsSession() {}

    /// A client that came, now known by its session.
    ///
    /// @param trust who has found its certificate, if any, to be trusted
    static Arrival of(SSLSession session, String trust, Arrival before) {
        Certificate[] own = session.getLocalCertificates();
        Optional<byte[]> hash =
                own != null && own.length > 0 && own[0] instanceof X509Certificate certificate
                        ? EndPointHash.of(certificate)
                        : Optional.empty();
        Origin origin = before.origin();
        return new Arrival(
                new Origin(origin.address(), origin.port(), words(session)),
                before.door(),
                hash.<Binding>map(Binding.Offered::of).orElseGet(Binding.Impossible::new),
                peer(session),
                trust,
                before.systemUser());
    }

    /// Version and suite, such as `TLSv1.3/TLS_AES_256_GCM_SHA384`; empty in plain.
    static String words(Channel channel) {
        return channel.pipeline().get("tls") instanceof SslHandler tls
                ? words(tls.engine().getSession())
                : "";
    }

    /// Where a connection leads: its very address, and the name by which it was checked.
    static SocketAddress peer(Channel channel) {
        if (channel.remoteAddress() instanceof InetSocketAddress at
                && channel.pipeline().get("tls") instanceof SslHandler tls
                && tls.engine().getPeerHost() != null) {
            try {
                return new InetSocketAddress(
                        InetAddress.getByAddress(
                                tls.engine().getPeerHost(), at.getAddress().getAddress()),
                        at.getPort());
            } catch (UnknownHostException e) {
                throw new IllegalStateException("an address of neither 4 nor 16 bytes", e);
            }
        }
        return channel.remoteAddress();
    }

    private static String words(SSLSession session) {
        return (session.getProtocol() + "/" + session.getCipherSuite()).intern();
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
