package io.toomai.dcs.embedded;

import io.toomai.dcs.DcsException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import org.apache.zookeeper.common.QuorumX509Util;
import org.apache.zookeeper.common.X509Exception;

/// Connections between voters, as ZooKeeper makes them itself: plain, or with its own TLS settings.
/// Any thread.
final class PeerSockets {
    private static final int WAITING = 16;

    private final Optional<QuorumX509Util> tls;

    private PeerSockets(Optional<QuorumX509Util> tls) {
        this.tls = tls;
    }

    /// Needs ZooKeeper's TLS properties to be set, where TLS is used.
    static PeerSockets of(EmbeddedStoreSettings settings) {
        return new PeerSockets(settings.tls().map(_ -> new QuorumX509Util()));
    }

    Socket connect(String host, int port, Duration timeout) throws IOException {
        int limit = (int) timeout.toMillis();
        Socket socket = unconnected();
        try {
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(host, port), limit);
            if (socket instanceof SSLSocket encrypted) {
                encrypted.setSoTimeout(limit);
                encrypted.startHandshake();
            }
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    @SuppressWarnings("AddressSelection") // connect() resolves it
    private Socket unconnected() throws IOException {
        try {
            return tls.isPresent() ? tls.get().createSSLSocket() : new Socket();
        } catch (X509Exception e) {
            throw unusable(e);
        }
    }

    ServerSocket listen(String host, int port) throws IOException {
        try {
            ServerSocket socket =
                    tls.isPresent() ? tls.get().createSSLServerSocket() : new ServerSocket();
            try {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(InetAddress.getByName(host), port), WAITING);
                return socket;
            } catch (IOException | RuntimeException e) {
                socket.close();
                throw e;
            }
        } catch (X509Exception e) {
            throw unusable(e);
        }
    }

    private static DcsException unusable(X509Exception e) {
        return new DcsException(
                DcsException.Code.DCS_EMBEDDED,
                "the embedded store cannot use its certificates (toomai.store.tls): "
                        + e.getMessage(),
                e);
    }
}
