package io.toomai.proxy.net;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Sits on the line to a server, hands everything on, and notes with what each connection begins
/// and what the server says.
final class Wiretap implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int server;
    private final List<Integer> firstWords = new CopyOnWriteArrayList<>();
    private final List<Integer> firstBytes = new CopyOnWriteArrayList<>();
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private volatile boolean holdsUp;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    private Wiretap(int server) throws IOException {
        this.server = server;
        Thread.ofVirtual().start(this::accept);
    }

    static Wiretap before(int server) throws IOException {
        return new Wiretap(server);
    }

    int port() {
        return listener.getLocalPort();
    }

    /// The number behind the length of each first packet: a version, or the code of a request.
    List<Integer> firstWords() {
        return firstWords;
    }

    /// Of each connection.
    List<Integer> firstBytes() {
        return firstBytes;
    }

    /// All that the server has said, to whomever, a character for each byte.
    String said() {
        return said.toString(StandardCharsets.ISO_8859_1);
    }

    /// Of whoever comes from now on, or until now, nothing arrives.
    void holdsUp(boolean whoeverComes) {
        holdsUp = whoeverComes;
    }

    private void accept() {
        try {
            while (true) {
                Socket near = listener.accept();
                sockets.add(near);
                Thread.ofVirtual().start(() -> join(near));
            }
        } catch (IOException _) {
            // closed
        }
    }

    private void join(Socket near) {
        try (near;
                Socket far = new Socket(InetAddress.getLoopbackAddress(), server)) {
            sockets.add(far);
            DataInputStream in = new DataInputStream(near.getInputStream());
            int length = in.readInt();
            int word = in.readInt();
            firstBytes.add(length >>> 24);
            boolean isHeld = holdsUp;
            firstWords.add(word);
            if (isHeld) {
                in.transferTo(OutputStream.nullOutputStream());
                return;
            }
            DataOutputStream out = new DataOutputStream(far.getOutputStream());
            out.writeInt(length);
            out.writeInt(word);
            Thread back =
                    Thread.ofVirtual()
                            .start(() -> {
                                try (near) {
                                    note(far.getInputStream(), near.getOutputStream());
                                } catch (IOException _) {
                                    // one of them is gone
                                }
                            });
            pump(in, out);
            far.shutdownOutput();
            back.join();
        } catch (IOException | InterruptedException _) {
            // one of them is gone
        }
    }

    private void note(InputStream from, OutputStream to) throws IOException {
        byte[] part = new byte[8192];
        for (int size = from.read(part); size >= 0; size = from.read(part)) {
            said.write(part, 0, size);
            to.write(part, 0, size);
        }
    }

    private static void pump(InputStream from, OutputStream to) throws IOException {
        from.transferTo(to);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
