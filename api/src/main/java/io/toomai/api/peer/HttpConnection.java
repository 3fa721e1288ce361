package io.toomai.api.peer;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/// One connection to an HTTP server, used by one thread at a time. Every wait ends at the deadline
/// of the call, a reading of `System.nanoTime`. Written by hand because `java.net.http` costs 10–20
/// MB of memory that an agent on a small machine does not have to spare.
final class HttpConnection implements AutoCloseable {
    private static final int MAX_BODY = 4 << 20;
    private static final int MAX_LINE = 16 << 10;
    private static final int MAX_HEADERS = 200;

    private final Socket socket;
    private final InputStream in;
    private State state = State.FRESH;
    private int leftInChunk;

    /// Whether another request may follow.
    enum State {
        FRESH,
        REUSABLE,
        SPENT
    }

    private HttpConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /// Whether a server's certificate must name the host that is called.
    enum NameCheck {
        /// As among members (contract §2.5).
        NONE,
        HOST
    }

    static HttpConnection open(
            HttpCall call, Supplier<SSLContext> tls, NameCheck names, long deadline)
            throws IOException {
        return open(call, resolve(call), tls, names, deadline);
    }

    /// The address of the call's server. The resolver takes as long as it likes.
    static InetSocketAddress resolve(HttpCall call) throws UnknownHostException {
        InetSocketAddress address = new InetSocketAddress(call.host(), call.port());
        if (address.isUnresolved()) {
            throw new UnknownHostException(call.host());
        }
        return address;
    }

    /// Connects to an address that was resolved before.
    static HttpConnection open(
            HttpCall call, InetSocketAddress address, Supplier<SSLContext> tls, long deadline)
            throws IOException {
        return open(call, address, tls, NameCheck.NONE, deadline);
    }

    private static HttpConnection open(
            HttpCall call,
            InetSocketAddress address,
            Supplier<SSLContext> tls,
            NameCheck names,
            long deadline)
            throws IOException {
        Socket plain = new Socket();
        try {
            plain.connect(address, remainingMillis(deadline));
            plain.setTcpNoDelay(true);
            plain.setSoTimeout(remainingMillis(deadline));
            if (!call.isHttps()) {
                return new HttpConnection(plain);
            }
            SSLSocket secured =
                    (SSLSocket)
                            tls.get()
                                    .getSocketFactory()
                                    .createSocket(plain, call.host(), call.port(), true);
            if (names == NameCheck.HOST) {
                SSLParameters parameters = secured.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                secured.setSSLParameters(parameters);
            }
            secured.startHandshake();
            return new HttpConnection(secured);
        } catch (IOException | RuntimeException e) {
            plain.close();
            throw e;
        }
    }

    State state() {
        return state;
    }

    private void send(HttpCall call, long deadline) throws IOException {
        socket.setSoTimeout(remainingMillis(deadline));
        socket.getOutputStream().write(call.bytesToSend().getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    /// Reads the head of the answer only; [#streamedLine] reads what follows.
    HttpAnswer begin(HttpCall call, long deadline) throws IOException {
        state = State.SPENT;
        send(call, deadline);
        int code = code(line(deadline));
        return new HttpAnswer(code, headers(deadline), "");
    }

    /// The next line of an answer in chunks, without its end; however it was cut into chunks.
    ///
    /// @throws EOFException when the server has ended the answer
    String streamedLine(long deadline) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        while (text.size() < MAX_LINE) {
            if (leftInChunk == 0) {
                leftInChunk = nextChunk(deadline);
            }
            socket.setSoTimeout(remainingMillis(deadline));
            int c = in.read();
            if (c < 0) {
                throw new EOFException("the connection was closed");
            }
            leftInChunk--;
            if (leftInChunk == 0) {
                line(deadline); // what ends a chunk
            }
            if (c == '\n') {
                return text.toString(StandardCharsets.UTF_8);
            }
            text.write(c);
        }
        throw new ProtocolException("a line of the answer is longer than " + MAX_LINE + " bytes");
    }

    private int nextChunk(long deadline) throws IOException {
        int length = chunkLength(deadline);
        if (length == 0) {
            throw new EOFException("the server ended its answer");
        }
        return length;
    }

    HttpAnswer exchange(HttpCall call, long deadline) throws IOException {
        State before = state;
        state = State.SPENT; // until the whole answer was read
        send(call, deadline);
        String statusLine;
        try {
            statusLine = line(deadline);
        } catch (EOFException e) {
            if (before == State.REUSABLE) {
                throw new StaleConnectionException(e);
            }
            throw e;
        }
        int code = code(statusLine);
        Map<String, String> headers = headers(deadline);
        Optional<Long> length = length(headers);
        boolean chunked = "chunked".equalsIgnoreCase(headers.get("transfer-encoding"));
        byte[] body = chunked ? chunks(deadline) : bytes(length.orElse(Long.MAX_VALUE), deadline);
        if (statusLine.startsWith("HTTP/1.1")
                && (chunked || length.isPresent())
                && !"close".equalsIgnoreCase(headers.get("connection"))) {
            state = State.REUSABLE;
        }
        return new HttpAnswer(code, headers, new String(body, StandardCharsets.UTF_8));
    }

    /// The server closed an idle connection; nothing was done with the request.
    static final class StaleConnectionException extends IOException {
        private static final long serialVersionUID = 1;

        StaleConnectionException(IOException cause) {
            super("the idle connection was closed", cause);
        }
    }

    private static int code(String statusLine) throws ProtocolException {
        String[] words = statusLine.split(" ", 3);
        if (words.length < 2 || !words[0].startsWith("HTTP/") || !words[1].matches("\\d{3}")) {
            throw new ProtocolException("the answer is not HTTP");
        }
        return Integer.parseInt(words[1]);
    }

    private Map<String, String> headers(long deadline) throws IOException {
        Map<String, String> headers = new HashMap<>();
        for (int i = 0; i < MAX_HEADERS; i++) {
            String line = line(deadline);
            if (line.isEmpty()) {
                return headers;
            }
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.put(
                        line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
        throw new ProtocolException("the answer has more than " + MAX_HEADERS + " headers");
    }

    private static Optional<Long> length(Map<String, String> headers) throws ProtocolException {
        String text = headers.get("content-length");
        if (text == null) {
            return Optional.empty();
        }
        if (!text.matches("\\d{1,9}")) {
            throw new ProtocolException("the length of the answer makes no sense: " + text);
        }
        return Optional.of(Long.parseLong(text));
    }

    private int chunkLength(long deadline) throws IOException {
        String size = line(deadline).split(";", 2)[0].strip();
        if (!size.matches("[0-9a-fA-F]{1,7}")) {
            throw new ProtocolException("a chunk of the answer has no size");
        }
        return Integer.parseInt(size, 16);
    }

    private byte[] chunks(long deadline) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            int length = chunkLength(deadline);
            if (length == 0) {
                headers(deadline); // trailers look like headers
                return body.toByteArray();
            }
            if (body.size() + length > MAX_BODY) {
                throw new ProtocolException("the answer is longer than " + MAX_BODY + " bytes");
            }
            byte[] chunk = bytes(length, deadline);
            if (chunk.length < length) {
                throw new EOFException("the answer ends early");
            }
            body.writeBytes(chunk);
            line(deadline);
        }
    }

    /// So many bytes, or all until the end.
    private byte[] bytes(long wanted, long deadline) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        while (body.size() < wanted) {
            socket.setSoTimeout(remainingMillis(deadline));
            int count = in.read(buffer, 0, (int) Math.min(buffer.length, wanted - body.size()));
            if (count < 0) {
                break;
            }
            body.write(buffer, 0, count);
            if (body.size() > MAX_BODY) {
                throw new ProtocolException("the answer is longer than " + MAX_BODY + " bytes");
            }
        }
        if (wanted != Long.MAX_VALUE && body.size() < wanted) {
            throw new EOFException("the answer ends early");
        }
        return body.toByteArray();
    }

    private String line(long deadline) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (line.size() < MAX_LINE) {
            socket.setSoTimeout(remainingMillis(deadline));
            int c = in.read();
            if (c < 0) {
                throw new EOFException("the connection was closed");
            }
            if (c == '\n') {
                return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
            }
            line.write(c);
        }
        throw new ProtocolException("a line of the answer is longer than " + MAX_LINE + " bytes");
    }

    private static int remainingMillis(long deadline) throws SocketTimeoutException {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            throw new SocketTimeoutException("no answer in time");
        }
        return (int) Math.min(millis, Integer.MAX_VALUE);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
