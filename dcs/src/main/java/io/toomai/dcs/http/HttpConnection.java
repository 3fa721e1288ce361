package io.toomai.dcs.http;

import io.toomai.dcs.Deadline;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/// One HTTP/1.1 connection to one server of a store, used by one thread at a time; closing it from
/// another ends its wait. Every wait ends at the deadline of its call. By hand, because
/// `java.net.http` costs 10–20 MB of memory and does not bound the reading of a watch.
public final class HttpConnection implements AutoCloseable {
    private static final int MAX_BODY = 16 << 20;
    private static final int MAX_HEAD = 64 << 10;

    /// What an empty send buffer takes at once from a connection whose requests were all answered.
    private static final int WRITES_AT_ONCE = 8 << 10;

    private final Endpoint endpoint;
    private final Socket socket;
    private final InputStream in;
    private Deadline deadline;
    private long lastUsed = System.nanoTime();
    private volatile boolean reusable;
    private boolean served;
    private int leftInChunk;

    /// @param headers by name in lower case
    /// @param body the whole answer; empty for a stream, whose lines are read one by one
    public record Answer(int status, Map<String, String> headers, String body) {
        public Answer {
            headers = Map.copyOf(headers);
        }
    }

    private record Head(String version, int status, Map<String, String> headers) {
        Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name));
        }

        private boolean isChunked() {
            return header("transfer-encoding").filter("chunked"::equalsIgnoreCase).isPresent();
        }

        private boolean closes() {
            return version.equals("HTTP/1.0")
                    || header("connection").filter("close"::equalsIgnoreCase).isPresent();
        }
    }

    private HttpConnection(Endpoint endpoint, Socket socket, Deadline deadline) throws IOException {
        this.endpoint = endpoint;
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
        this.deadline = deadline;
    }

    public static HttpConnection open(
            Endpoint endpoint, Supplier<SSLContext> tls, Deadline deadline) throws IOException {
        return open(endpoint, endpoint.host(), tls, deadline);
    }

    /// @param certified the name that the server's certificate must carry
    /// @param tls may throw an [UncheckedIOException], which counts as no connection
    public static HttpConnection open(
            Endpoint endpoint, String certified, Supplier<SSLContext> tls, Deadline deadline)
            throws IOException {
        IOException failure = new UnknownHostException(endpoint.host());
        for (InetAddress address : addresses(endpoint.host(), deadline)) {
            Socket plain = new Socket();
            try {
                plain.connect(
                        new InetSocketAddress(address, endpoint.port()),
                        deadline.remainingMillis());
                plain.setTcpNoDelay(true);
                plain.setSoTimeout(deadline.remainingMillis());
                return switch (endpoint.scheme()) {
                    case HTTP -> new HttpConnection(endpoint, plain, deadline);
                    case HTTPS -> secured(endpoint, certified, plain, tls.get(), deadline);
                };
            } catch (IOException e) {
                plain.close();
                failure = e;
            } catch (UncheckedIOException e) {
                plain.close();
                failure = e.getCause();
            } catch (RuntimeException e) {
                plain.close();
                throw e;
            }
        }
        throw failure;
    }

    @SuppressWarnings("AddressSelection") // each of them is tried
    private static InetAddress[] addresses(String host, Deadline deadline) throws IOException {
        FutureTask<InetAddress[]> asked = new FutureTask<>(() -> InetAddress.getAllByName(host));
        // Aside, because a resolver takes as long as it likes.
        Thread.ofVirtual().name("store-resolve").start(asked);
        try {
            return asked.get(deadline.remainingMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new UnknownHostException(host);
        } catch (TimeoutException e) {
            throw new SocketTimeoutException("name " + host + " was not resolved in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SocketTimeoutException("interrupted");
        }
    }

    private static HttpConnection secured(
            Endpoint endpoint, String certified, Socket plain, SSLContext tls, Deadline deadline)
            throws IOException {
        SSLSocket socket =
                (SSLSocket)
                        tls.getSocketFactory()
                                .createSocket(plain, certified, endpoint.port(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        try {
            socket.startHandshake();
        } catch (SSLException | SocketException e) {
            throw TlsFailure.explained(e, certified);
        }
        return new HttpConnection(endpoint, socket, deadline);
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    boolean isReusable() {
        return reusable;
    }

    /// Whether it has served before: then the server may have closed it meanwhile.
    public boolean hasServed() {
        return served;
    }

    /// How long it was not used.
    public Duration idle() {
        return Duration.ofNanos(System.nanoTime() - lastUsed);
    }

    /// One request and its whole answer.
    public Answer exchange(HttpRequest request, Deadline until) throws IOException {
        Head head = begin(request, until);
        byte[] body = body(head);
        reusable = !head.closes();
        lastUsed = System.nanoTime();
        served = true;
        return new Answer(head.status(), head.headers(), new String(body, StandardCharsets.UTF_8));
    }

    /// One request whose answer goes on; [#line] reads it. An answer that is a refusal is whole.
    public Answer stream(HttpRequest request, Deadline until) throws IOException {
        Head head = begin(request, until);
        if (head.status() != 200) {
            return new Answer(
                    head.status(), head.headers(), new String(body(head), StandardCharsets.UTF_8));
        }
        if (!head.isChunked()) {
            throw new ProtocolException("the answer does not go on");
        }
        return new Answer(head.status(), head.headers(), "");
    }

    private Head begin(HttpRequest request, Deadline until) throws IOException {
        deadline = until;
        reusable = false;
        try {
            send(request.bytes(endpoint));
            return head();
        } catch (SSLException | SocketException | EOFException e) {
            // With TLS 1.3 a server judges a client's certificate after the handshake.
            throw endpoint.scheme() == Endpoint.Scheme.HTTPS && !served
                    ? TlsFailure.explained(e, endpoint.host())
                    : e;
        }
    }

    /// Java cannot bound a write, so a large one is watched from aside.
    private void send(byte[] request) throws IOException {
        if (request.length <= WRITES_AT_ONCE) {
            socket.getOutputStream().write(request);
            return;
        }
        CountDownLatch sent = new CountDownLatch(1);
        Deadline until = deadline;
        Thread.ofVirtual()
                .name("store-write-guard")
                .start(() -> {
                    try {
                        if (!sent.await(until.remainingNanos(), TimeUnit.NANOSECONDS)) {
                            close();
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        try {
            socket.getOutputStream().write(request);
        } finally {
            sent.countDown();
        }
    }

    private Head head() throws IOException {
        String[] words = headLine(MAX_HEAD).split(" ", 3);
        if (words.length < 2 || !words[0].startsWith("HTTP/1.") || !words[1].matches("\\d{3}")) {
            throw new ProtocolException("the answer is not HTTP");
        }
        Map<String, String> headers = new HashMap<>();
        int left = MAX_HEAD;
        for (String line = headLine(left); !line.isEmpty(); line = headLine(left)) {
            left -= line.length() + 1;
            int colon = Math.max(line.indexOf(':'), 0);
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return new Head(words[0], Integer.parseInt(words[1]), headers);
    }

    private static int length(String text) throws ProtocolException {
        if (!text.matches("\\d{1,9}") || Integer.parseInt(text) > MAX_BODY) {
            throw new ProtocolException("the answer is too long: " + text);
        }
        return Integer.parseInt(text);
    }

    private int read() throws IOException {
        socket.setSoTimeout(deadline.remainingMillis());
        int c = in.read();
        if (c < 0) {
            throw new EOFException("the connection was closed");
        }
        return c;
    }

    private String headLine(int limit) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = read(); c != '\n'; c = read()) {
            if (line.length() >= limit) {
                throw new ProtocolException("the head of the answer is too long");
            }
            line.append((char) c);
        }
        return line.toString().stripTrailing();
    }

    private byte[] body(Head head) throws IOException {
        if (head.isChunked()) {
            return chunks();
        }
        String length =
                head.header("content-length")
                        .orElseThrow(() -> new ProtocolException("the answer has no length"));
        return bytes(length(length));
    }

    private byte[] bytes(int count) throws IOException {
        byte[] bytes = new byte[count];
        int done = 0;
        while (done < count) {
            socket.setSoTimeout(deadline.remainingMillis());
            int got = in.read(bytes, done, count - done);
            if (got < 0) {
                throw new EOFException("the answer ends early");
            }
            done += got;
        }
        return bytes;
    }

    /// The length of the next chunk. After the last one come trailers, which look like headers.
    private int chunk() throws IOException {
        String size = headLine(MAX_HEAD).split(";", 2)[0].strip();
        if (!size.matches("[0-9a-fA-F]{1,7}")) {
            throw new ProtocolException("a chunk of the answer has no size");
        }
        int length = Integer.parseInt(size, 16);
        if (length == 0) {
            int left = MAX_HEAD;
            for (String line = headLine(left); !line.isEmpty(); line = headLine(left)) {
                left -= line.length() + 1;
            }
        }
        return length;
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int length = chunk(); length > 0; length = chunk()) {
            if (body.size() + length > MAX_BODY) {
                throw new ProtocolException("the answer is longer than " + MAX_BODY + " bytes");
            }
            body.writeBytes(bytes(length));
            headLine(2);
        }
        return body.toByteArray();
    }

    /// The next line of a stream, however it was cut into chunks.
    ///
    /// @throws EOFException when the server has ended the answer
    public String line(Deadline until) throws IOException {
        deadline = until;
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        while (text.size() < MAX_BODY) {
            if (leftInChunk == 0) {
                leftInChunk = chunk();
                if (leftInChunk == 0) {
                    throw new EOFException("the server ended its answer");
                }
            }
            int c = read();
            leftInChunk--;
            if (leftInChunk == 0) {
                headLine(2);
            }
            if (c == '\n') {
                return text.toString(StandardCharsets.UTF_8);
            }
            text.write(c);
        }
        throw new ProtocolException("a line of the answer is longer than " + MAX_BODY + " bytes");
    }

    @Override
    public void close() {
        reusable = false;
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone either way, and nothing on it is waited for any more.
            return;
        }
    }
}
