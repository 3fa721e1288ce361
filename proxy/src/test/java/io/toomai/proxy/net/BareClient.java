package io.toomai.proxy.net;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A client that sends what no driver would.
final class BareClient implements AutoCloseable {
    private final Socket socket;

    BareClient(int port) throws IOException {
        this(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    /// Over a socket that is connected already.
    BareClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(60_000);
        socket.setTcpNoDelay(true);
    }

    /// A message.
    @SuppressWarnings("ArrayRecordComponent") // read, never compared
    record Said(char type, byte[] body) {
        String text() {
            return new String(body, StandardCharsets.UTF_8).replace('\0', '|');
        }
    }

    static byte[] packet(int major, int minor, String text) {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.writeInt(8 + body.length);
            out.writeShort(major);
            out.writeShort(minor);
            out.write(body);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return bytes.toByteArray();
    }

    static byte[] start(String user) {
        return packet(3, 0, "user\0" + user + "\0database\0postgres\0\0");
    }

    static final byte[] SSL = packet(1234, 5679, "");
    static final byte[] GSS = packet(1234, 5680, "");

    BareClient send(byte[]... parts) throws IOException {
        for (byte[] part : parts) {
            socket.getOutputStream().write(part);
        }
        socket.getOutputStream().flush();
        return this;
    }

    /// A byte without a frame; -1 when the connection ended.
    int oneByte() throws IOException {
        try {
            return socket.getInputStream().read();
        } catch (SocketException e) { // reset
            return -1;
        }
    }

    Said next() throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        char type = (char) in.readUnsignedByte();
        return new Said(type, in.readNBytes(in.readInt() - 4));
    }

    /// All until the other side closes.
    List<Said> rest() throws IOException {
        List<Said> all = new ArrayList<>();
        try {
            while (true) {
                all.add(next());
            }
        } catch (EOFException | SocketException e) {
            return all;
        }
    }

    /// Its last words, which must be all that it says.
    String refusal() throws IOException {
        List<Said> all = rest();
        if (all.size() != 1 || all.getFirst().type() != 'E') {
            throw new AssertionError("not one error, but " + all.stream().map(Said::text).toList());
        }
        return all.getFirst().text();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
