package io.toomai.proxy.net;

import io.toomai.wire.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// A client that sends what a test says, byte by byte, and reads whole messages.
final class RawClient implements AutoCloseable {
    static final byte[] SSL = packet(1234, 5679, new byte[0]);
    static final byte[] GSS = packet(1234, 5680, new byte[0]);

    private final Socket socket;
    private final DataInputStream in;

    /// Process and secret.
    private byte[] key = new byte[0];

    /// What the other side says at once.
    @SuppressWarnings("ArrayRecordComponent") // read, never compared
    record Message(char type, byte[] body) {
        /// Its body, where a NUL is written as a bar.
        String text() {
            return new String(body, StandardCharsets.UTF_8).replace('\0', '|');
        }

        @Override
        public String toString() {
            return type + " " + text();
        }
    }

    /// Messages in their order.
    record Answer(List<Message> messages) {
        Answer {
            messages = List.copyOf(messages);
        }

        /// A letter for each.
        String types() {
            return messages.stream()
                    .map(each -> String.valueOf(each.type()))
                    .collect(Collectors.joining());
        }

        /// One a line.
        String words() {
            return messages.stream().map(each -> each + "\n").collect(Collectors.joining());
        }

        /// The only column of the first row.
        String value() {
            return messages.stream()
                    .filter(each -> each.type() == 'D')
                    .findFirst()
                    .orElseThrow()
                    .text()
                    .substring(6);
        }
    }

    RawClient(int port) throws IOException {
        this(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    /// Over a socket that is connected already.
    RawClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(60_000);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
    }

    /// Logged in, where anybody is let in or the password is asked for as it is.
    static RawClient postgres(int port) throws IOException {
        return new RawClient(port).login(0, "user", "postgres", "database", "postgres");
    }

    /// The same, to replicate.
    ///
    /// @param wish `true`, or `database` where it asks SQL, too
    static RawClient replicating(int port, String wish) throws IOException {
        return new RawClient(port)
                .login(0, "user", "postgres", "database", "postgres", "replication", wish);
    }

    /// Logs in with protocol 3.`minor`.
    RawClient login(int minor, String... words) throws IOException {
        send(packet(3, minor, String.join("\0", words) + "\0\0"));
        for (Message said = read(); said.type() != 'Z'; said = read()) {
            if (said.type() == 'E') {
                throw new IOException(said.text());
            }
            if (said.type() == 'R' && said.text().equals("|||\u0003")) {
                send(message('p', TestServer.PASSWORD + "\0"));
            }
        }
        return this;
    }

    /// A first packet.
    static byte[] packet(int major, int minor, String text) {
        return packet(major, minor, text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] packet(int major, int minor, byte[] body) {
        return ByteBuffer.allocate(8 + body.length)
                .putInt(8 + body.length)
                .putShort((short) major)
                .putShort((short) minor)
                .put(body)
                .array();
    }

    static byte[] start(String user) {
        return packet(3, 0, "user\0" + user + "\0database\0postgres\0\0");
    }

    static byte[] message(char type, String body) {
        return FakeServer.message(type, body.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] query(String sql) {
        return message('Q', sql + "\0");
    }

    static byte[] parse(String name, String sql) {
        return message('P', name + "\0" + sql + "\0\0\0");
    }

    static byte[] bind(String name) {
        return message('B', "\0" + name + "\0\0\0\0\0\0\0");
    }

    static byte[] execute() {
        return message('E', "\0\0\0\0\0");
    }

    static byte[] sync() {
        return message('S', "");
    }

    /// All at once.
    RawClient send(byte[]... parts) throws IOException {
        var all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        socket.getOutputStream().write(all.toByteArray());
        return this;
    }

    /// What is answered to a query, up to ReadyForQuery.
    Answer ask(String sql) throws IOException {
        return send(query(sql)).answer();
    }

    /// All up to ReadyForQuery, which must come.
    Answer answer() throws IOException {
        List<Message> all = new ArrayList<>();
        do {
            all.add(next().orElseThrow(() -> new EOFException("the end came after " + all)));
        } while (all.getLast().type() != 'Z');
        return new Answer(all);
    }

    /// All until the other side ends the connection, as it must.
    Answer rest() throws IOException {
        List<Message> all = new ArrayList<>();
        for (var said = next(); said.isPresent(); said = next()) {
            all.add(said.get());
        }
        return new Answer(all);
    }

    /// Its last words, which must be all that it says.
    String refusal() throws IOException {
        Answer last = rest();
        if (!last.types().equals("E")) {
            throw new AssertionError("not one error, but " + last.words());
        }
        return last.messages().getFirst().text();
    }

    /// The next message, which must come.
    Message read() throws IOException {
        return next().orElseThrow(() -> new EOFException("the end came instead of a message"));
    }

    /// Nothing at the end, which may come between two messages only.
    private Optional<Message> next() throws IOException {
        int type = oneByte();
        if (type < 0) {
            return Optional.empty();
        }
        byte[] body = new byte[in.readInt() - 4];
        in.readFully(body);
        if (type == 'K') {
            key = body;
        }
        return Optional.of(new Message((char) type, body));
    }

    /// A byte without a frame; -1 when the connection ended.
    int oneByte() throws IOException {
        try {
            return in.read();
        } catch (SocketException _) { // reset
            return -1;
        }
    }

    /// Whether the end came, and not as a reset.
    boolean isAtEnd() throws IOException {
        return in.read() < 0;
    }

    byte[] key() {
        return key.clone();
    }

    /// What this client would send to cancel its work, on a connection of its own.
    byte[] cancelRequest() {
        return packet(1234, 5678, key);
    }

    /// Sends it and waits for the end of the connection.
    static void cancel(int port, byte[] request) throws IOException {
        try (RawClient asker = new RawClient(port).send(request)) {
            if (!asker.isAtEnd()) {
                throw new IOException("a CancelRequest was answered");
            }
        }
    }

    Socket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
