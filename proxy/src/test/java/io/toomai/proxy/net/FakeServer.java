package io.toomai.proxy.net;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/// A server over real sockets that lets everybody in and then says whatever a test makes it say.
final class FakeServer implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Manner manner;
    private final Greeting greeting;
    private final List<Peer> peers = new CopyOnWriteArrayList<>();

    /// What it does with a message of a client's.
    interface Manner {
        void hears(Peer peer, char type, byte[] body) throws IOException;
    }

    /// What else it says while it lets somebody in.
    interface Greeting {
        /// @param number of the connection, from 1 on
        byte[] of(int number);
    }

    /// One connection of the proxy's.
    static final class Peer {
        final int number;
        private final Socket socket;
        private final OutputStream out;
        private final List<String> heard = new CopyOnWriteArrayList<>();
        private volatile boolean left;

        Peer(int number, Socket socket) throws IOException {
            this.number = number;
            this.socket = socket;
            out = socket.getOutputStream();
        }

        /// The texts of its queries, and the types of other messages.
        List<String> heard() {
            return heard;
        }

        /// Whether the proxy has closed it.
        boolean hasLeft() {
            return left;
        }

        void say(byte[]... messages) {
            try {
                ByteArrayOutputStream all = new ByteArrayOutputStream();
                for (byte[] message : messages) {
                    all.writeBytes(message);
                }
                out.write(all.toByteArray());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void hangUp() throws IOException {
            socket.close();
        }
    }

    FakeServer(Manner manner) throws IOException {
        this(manner, _ -> new byte[0]);
    }

    FakeServer(Manner manner, Greeting greeting) throws IOException {
        this.manner = manner;
        this.greeting = greeting;
        Thread.ofVirtual().start(this::accept);
    }

    /// Answers each query with one row and its number.
    static Manner obliging() {
        return (peer, type, _) -> {
            if (type == 'Q') {
                peer.say(row(Integer.toString(peer.number)), complete("SELECT 1"), ready('I'));
            } else if (type == 'S') {
                peer.say(ready('I'));
            }
        };
    }

    /// Nobody is let in before that.
    static Greeting after(CountDownLatch latch) {
        return _ -> {
            try {
                latch.await();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
            return new byte[0];
        };
    }

    int port() {
        return listener.getLocalPort();
    }

    List<Peer> peers() {
        return peers;
    }

    private void accept() {
        try {
            while (true) {
                Peer peer = new Peer(peers.size() + 1, listener.accept());
                peers.add(peer);
                Thread.ofVirtual().start(() -> serve(peer));
            }
        } catch (IOException _) {
            // closed
        }
    }

    private void serve(Peer peer) {
        try (Socket socket = peer.socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            in.readNBytes(in.readInt() - 4);
            peer.say(
                    message('R', new byte[4]),
                    message('S', text("client_encoding", "UTF8")),
                    greeting.of(peer.number),
                    message('K', new byte[] {0, 0, 0, (byte) peer.number, 1, 2, 3, 4}),
                    ready('I'));
            while (true) {
                char type = (char) in.readUnsignedByte();
                byte[] body = in.readNBytes(in.readInt() - 4);
                peer.heard.add(
                        type == 'Q'
                                ? new String(body, 0, body.length - 1, StandardCharsets.UTF_8)
                                : String.valueOf(type));
                manner.hears(peer, type, body);
            }
        } catch (IOException | UncheckedIOException _) {
            peer.left = true;
        }
    }

    static byte[] message(char type, byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(type);
        int length = body.length + 4;
        out.write(length >>> 24);
        out.write(length >>> 16);
        out.write(length >>> 8);
        out.write(length);
        out.writeBytes(body);
        return out.toByteArray();
    }

    static byte[] text(String... words) {
        return (String.join("\0", words) + "\0").getBytes(StandardCharsets.UTF_8);
    }

    static byte[] ready(char status) {
        return message('Z', new byte[] {(byte) status});
    }

    static byte[] complete(String tag) {
        return message('C', text(tag));
    }

    static byte[] row(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {0, 1, 0, 0, 0, (byte) bytes.length});
        out.writeBytes(bytes);
        return message('D', out.toByteArray());
    }

    static byte[] error(String severity, String code, String words) {
        return message(
                severity.equals("NOTICE") ? 'N' : 'E',
                text("S" + severity, "C" + code, "M" + words, ""));
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Peer peer : peers) {
            peer.hangUp();
        }
    }
}
