package io.toomai.postgres.sql;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import javax.net.SocketFactory;

/// Makes sockets to one file, whatever address they are told to connect to. PostgreSQL's JDBC
/// driver makes the factory by its name; nothing of it is loaded where TCP is used.
public final class UnixSocketFactory extends SocketFactory {
    private final Path file;

    /// @param file path of the socket, the driver's `socketFactoryArg`
    public UnixSocketFactory(String file) {
        this.file = Path.of(file);
    }

    @Override
    public Socket createSocket() {
        return new UnixSocket(file);
    }

    @Override
    public Socket createSocket(String host, int port) {
        throw onlyUnconnected();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) {
        throw onlyUnconnected();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
        throw onlyUnconnected();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
        throw onlyUnconnected();
    }

    /// A connect without a time limit could wait for ever.
    private static UnsupportedOperationException onlyUnconnected() {
        return new UnsupportedOperationException(
                "a Unix socket is made first and connected with a time limit afterwards");
    }
}
