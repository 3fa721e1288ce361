package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.toomai.wire.TestServer;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// A client that sends what a test says, byte by byte, and reads whole messages. Its proxy must ask
/// for the password as it is.
final class RawClient implements AutoCloseable {
    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final Map<String, String> parameters = new LinkedHashMap<>();

    /// Process and secret.
    private byte[] key = new byte[0];

    /// @param text its body, where a NUL is written as a bar
    record Message(char type, String text) {
        @Override
        public String toString() {
            return type + " " + text;
        }
    }

    RawClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(60_000);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /// Logs in with protocol 3.`minor`.
    RawClient start(int minor, String... words) throws IOException {
        ByteBuf packet = Unpooled.buffer().writeInt(0).writeShort(3).writeShort(minor);
        for (String word : words) {
            packet.writeBytes(word.getBytes(StandardCharsets.UTF_8)).writeByte(0);
        }
        packet.writeByte(0).setInt(0, packet.writerIndex());
        send(bytes(packet));
        for (Message said = read(); said.type() != 'Z'; said = read()) {
            switch (said.type()) {
                case 'S' -> {
                    String[] both = said.text().split("\\|", -1);
                    parameters.put(both[0], both[1]);
                }
                case 'R' -> {
                    if (said.text().equals("|||\u0003")) {
                        send(message('p', TestServer.PASSWORD + "\0"));
                    }
                }
                case 'E' -> throw new IOException(said.text());
                default -> {}
            }
        }
        return this;
    }

    static RawClient postgres(int port) throws IOException {
        return new RawClient(port).start(0, "user", "postgres", "database", "postgres");
    }

    Map<String, String> parameters() {
        return parameters;
    }

    byte[] key() {
        return key.clone();
    }

    void send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    void query(String sql) throws IOException {
        send(message('Q', sql + "\0"));
    }

    static byte[] message(char type, String body) {
        byte[] text = body.getBytes(StandardCharsets.UTF_8);
        ByteBuf out = Unpooled.buffer().writeByte(type).writeInt(4 + text.length);
        return bytes(out.writeBytes(text));
    }

    Message read() throws IOException {
        char type = (char) in.readUnsignedByte();
        byte[] body = new byte[in.readInt() - 4];
        in.readFully(body);
        if (type == 'K') {
            key = body;
        }
        return new Message(type, new String(body, StandardCharsets.UTF_8).replace('\0', '|'));
    }

    /// All messages up to ReadyForQuery, one a line.
    String answer() throws IOException {
        StringBuilder lines = new StringBuilder();
        Message said;
        do {
            said = read();
            lines.append(said).append('\n');
        } while (said.type() != 'Z');
        return lines.toString();
    }

    String ask(String sql) throws IOException {
        query(sql);
        return answer();
    }

    /// What this client would send to cancel its work, on a connection of its own.
    byte[] cancelRequest() {
        ByteBuf packet = Unpooled.buffer().writeInt(8 + key.length).writeInt(80877102);
        return bytes(packet.writeBytes(key));
    }

    /// Sends it and waits for the end of the connection.
    static void cancel(int port, byte[] request) throws IOException {
        try (RawClient asker = new RawClient(port)) {
            asker.send(request);
            if (asker.in.read() >= 0) {
                throw new IOException("a CancelRequest was answered");
            }
        }
    }

    boolean isAtEnd() throws IOException {
        return in.read() < 0;
    }

    Socket socket() {
        return socket;
    }

    private static byte[] bytes(ByteBuf buffer) {
        byte[] all = new byte[buffer.readableBytes()];
        buffer.readBytes(all);
        return all;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
