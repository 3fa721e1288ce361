package io.toomai.cli.rest;

import io.toomai.settings.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/// One HTTP/1.0 request per connection, which is what this REST interface speaks. Hand-written:
/// `HttpURLConnection` cannot send PATCH, `java.net.http` costs 400 ms at start. Thread-safe.
public final class Http {
    /// A member that does not take the connection within this is taken as dead.
    public static final Duration CONNECT = Duration.ofSeconds(1);

    private static final int LARGEST_ANSWER = 16 * 1024 * 1024;

    private final Access access;

    public Http(Access access) {
        this.access = access;
    }

    /// @param body JSON to send; empty for none
    public record Request(String method, String path, Optional<Json> body) {
        public static Request get(String path) {
            return new Request("GET", path, Optional.empty());
        }

        public static Request of(String method, String path, Json body) {
            return new Request(method, path, Optional.of(body));
        }
    }

    /// Sends and waits for the answer.
    ///
    /// @param limit for everything after the connection stands
    public Reply send(Node node, Request request, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        try (Socket socket = connect(node, limit)) {
            socket.setSoTimeout(millis(limit));
            socket.getOutputStream().write(bytes(node, request));
            socket.getOutputStream().flush();
            return answer(read(socket, deadline));
        } catch (SocketTimeoutException e) {
            return new Reply.NoAnswer("no answer in time from " + node);
        } catch (ConnectException e) {
            return new Reply.NoAnswer("connection refused by " + node);
        } catch (SSLException e) {
            return new Reply.NoAnswer("TLS with " + node + " failed: " + e.getMessage());
        } catch (IOException e) {
            return new Reply.NoAnswer("connection to " + node + " failed: " + e.getMessage());
        }
    }

    private Socket connect(Node node, Duration limit) throws IOException {
        Socket plain = new Socket();
        try {
            int patience = (int) Math.min(CONNECT.toMillis(), millis(limit));
            plain.connect(new InetSocketAddress(node.host(), node.port()), patience);
            plain.setTcpNoDelay(true);
            if (!node.isSecure()) {
                return plain;
            }
            plain.setSoTimeout(millis(limit));
            SSLSocket secure =
                    (SSLSocket)
                            TlsContext.of(access)
                                    .getSocketFactory()
                                    .createSocket(plain, node.host(), node.port(), true);
            if (access.trust() == Access.Trust.VERIFY) {
                SSLParameters parameters = secure.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                secure.setSSLParameters(parameters);
            }
            secure.startHandshake();
            return secure;
        } catch (IOException e) {
            plain.close();
            throw e;
        }
    }

    private static int millis(Duration limit) {
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, limit.toMillis()));
    }

    private byte[] bytes(Node node, Request request) {
        byte[] body =
                request.body()
                        .map(json -> json.compact().getBytes(StandardCharsets.UTF_8))
                        .orElse(new byte[0]);
        var head = new StringBuilder();
        head.append(request.method()).append(' ').append(request.path()).append(" HTTP/1.0\r\n");
        head.append("Host: ").append(node.authority()).append("\r\n");
        head.append("User-Agent: toomai\r\nAccept: application/json\r\n");
        if (!request.method().equals("GET")) {
            access.login()
                    .ifPresent(login ->
                            head.append("Authorization: Basic ")
                                    .append(basic(login))
                                    .append("\r\n"));
            head.append("Content-Type: application/json\r\nContent-Length: ")
                    .append(body.length)
                    .append("\r\n");
        }
        head.append("\r\n");
        var all = new ByteArrayOutputStream();
        all.writeBytes(head.toString().getBytes(StandardCharsets.US_ASCII));
        all.writeBytes(body);
        return all.toByteArray();
    }

    private static String basic(Access.Login login) {
        String pair = login.username() + ":" + login.password().reveal();
        return Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] read(Socket socket, long deadline) throws IOException {
        var all = new ByteArrayOutputStream();
        byte[] buffer = new byte[16 * 1024];
        InputStream in = socket.getInputStream();
        while (!isWhole(all)) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new SocketTimeoutException();
            }
            socket.setSoTimeout((int) Math.min(Integer.MAX_VALUE, left));
            int count = in.read(buffer);
            if (count < 0) {
                break;
            }
            all.write(buffer, 0, count);
            if (all.size() > LARGEST_ANSWER) {
                throw new IOException("the answer is larger than " + LARGEST_ANSWER + " bytes");
            }
        }
        return all.toByteArray();
    }

    /// Whether as many bytes came as the header promised; without a promise the end of the
    /// connection decides.
    private static boolean isWhole(ByteArrayOutputStream all) {
        if (all.size() == 0) {
            return false;
        }
        String text = all.toString(StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            return false;
        }
        int length = contentLength(text.substring(0, end));
        return length >= 0 && all.size() >= end + 4 + length;
    }

    private static int contentLength(String head) {
        for (String line : head.split("\r\n", -1)) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                try {
                    return Integer.parseInt(line.substring(15).strip());
                } catch (NumberFormatException e) {
                    return -1;
                }
            }
        }
        return -1;
    }

    private static Reply answer(byte[] bytes) throws IOException {
        String text = new String(bytes, StandardCharsets.UTF_8);
        String[] status = text.split("\r\n", 2)[0].split(" ", 3);
        if (status.length < 2 || !status[0].startsWith("HTTP/") || status[1].length() != 3) {
            throw new IOException("what answers there does not speak HTTP");
        }
        int end = text.indexOf("\r\n\r\n");
        try {
            return new Reply.Answered(
                    Integer.parseInt(status[1]), end < 0 ? "" : text.substring(end + 4));
        } catch (NumberFormatException e) {
            throw new IOException("what answers there does not speak HTTP", e);
        }
    }
}
