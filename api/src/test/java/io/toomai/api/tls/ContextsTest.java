package io.toomai.api.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whose certificates are taken.
class ContextsTest {
    @TempDir private Path directory;

    /// A handshake with a server of that identity, which is asked for by that name.
    private static void shakeHands(SSLContext client, Identity server, String name)
            throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                new KeyManager[] {new SwappableKeys(SwappableKeys.Pair.load(server))}, null, null);
        try (SSLServerSocket listener =
                        (SSLServerSocket)
                                context.getServerSocketFactory()
                                        .createServerSocket(
                                                0, 1, InetAddress.getLoopbackAddress());
                SSLSocket socket =
                        (SSLSocket)
                                client.getSocketFactory()
                                        .createSocket(name, listener.getLocalPort())) {
            Thread.ofVirtual().start(() -> accept(listener));
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.startHandshake();
        }
    }

    private static void accept(SSLServerSocket listener) {
        try (SSLSocket accepted = (SSLSocket) listener.accept()) {
            accepted.startHandshake();
            assertThat(accepted.getInputStream().read()).isEqualTo(-1);
        } catch (IOException e) {
            // The client has turned away; it says why.
            assertThat(e).isNotNull();
        }
    }

    @Test
    void aServerOfAnotherNameIsTakenOnlyWhereNamesAreNotAsked() throws Exception {
        Identity server = new OpenSsl(directory).selfSigned("server"); // for 127.0.0.1 alone
        Optional<Path> authority = Optional.of(server.certfile());
        shakeHands(Contexts.client(authority, Optional.empty()), server, "localhost");
        SSLContext byName = Contexts.clientByName(authority, Optional.empty());
        shakeHands(byName, server, "127.0.0.1");
        assertThatThrownBy(() -> shakeHands(byName, server, "localhost"))
                .isInstanceOf(SSLHandshakeException.class);
    }
}
