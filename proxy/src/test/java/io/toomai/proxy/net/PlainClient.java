package io.toomai.proxy.net;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A client that sends whatever bytes a test wants. Needs a proxy that trusts.
final class PlainClient implements AutoCloseable {
    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;

    /// A message of the other side; the last is `END`.
    record Heard(char type, String body) {
        static final Heard END = new Heard('.', "");
    }

    PlainClient(int port, String user, String database) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(60_000);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        byte[] words = FakeServer.text("user", user, "database", database, "");
        ByteArrayOutputStream start = new ByteArrayOutputStream();
        int length = words.length + 8;
        start.writeBytes(new byte[] {0, 0, (byte) (length >>> 8), (byte) length, 0, 3, 0, 0});
        start.writeBytes(words);
        out.write(start.toByteArray());
    }

    /// Logged in.
    static PlainClient of(int port) throws IOException {
        PlainClient client = new PlainClient(port, "postgres", "postgres");
        client.untilReady();
        return client;
    }

    Socket socket() {
        return socket;
    }

    PlainClient send(byte[]... messages) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] message : messages) {
            all.writeBytes(message);
        }
        out.write(all.toByteArray());
        return this;
    }

    static byte[] query(String text) {
        return FakeServer.message('Q', FakeServer.text(text));
    }

    static byte[] sync() {
        return FakeServer.message('S', new byte[0]);
    }

    static byte[] parse(String name, String text) {
        byte[] words = FakeServer.text(name, text);
        return FakeServer.message('P', java.util.Arrays.copyOf(words, words.length + 2));
    }

    static byte[] bind(String name) {
        byte[] words = FakeServer.text("", name);
        return FakeServer.message('B', java.util.Arrays.copyOf(words, words.length + 6));
    }

    static byte[] execute() {
        return FakeServer.message('E', new byte[5]);
    }

    /// Asks, and gives all that comes up to ReadyForQuery or the end.
    List<Heard> ask(String text) throws IOException {
        return send(query(text)).untilReady();
    }

    List<Heard> untilReady() throws IOException {
        List<Heard> all = new ArrayList<>();
        Heard next = next();
        all.add(next);
        while (next.type() != 'Z' && next.type() != Heard.END.type()) {
            next = next();
            all.add(next);
        }
        return all;
    }

    Heard next() throws IOException {
        try {
            char type = (char) in.readUnsignedByte();
            byte[] body = in.readNBytes(in.readInt() - 4);
            return new Heard(type, new String(body, StandardCharsets.UTF_8));
        } catch (EOFException | SocketException _) {
            return Heard.END;
        }
    }

    /// The types of messages.
    static String types(List<Heard> all) {
        StringBuilder types = new StringBuilder();
        all.forEach(each -> types.append(each.type()));
        return types.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
