package io.toomai.wire;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import javax.net.ssl.SSLSocket;

/// One session with a server: socket, messages, and whether the server waits for a command. Used by
/// one thread at a time, except [#close()], which any thread may call and which makes the reading
/// thread fail at once. Notices are dropped, parameters remembered; I/O failures become
/// [WireException]s.
final class Channel implements AutoCloseable {
    private static final int MAX_MESSAGES_WITHOUT_MEANING = 10_000;
    private static final int MAX_ROWS = 100_000;

    private final String address;
    private final Socket raw;
    private final Socket socket;
    private final FrameReader reader;
    private final FrameWriter writer;
    private final Map<String, String> parameters = new TreeMap<>();
    private volatile boolean closed;
    private boolean idle;

    private Channel(String address, Socket raw, Socket socket) throws IOException {
        this.address = address;
        this.raw = raw;
        this.socket = socket;
        this.reader =
                new FrameReader(
                        new BufferedInputStream(socket.getInputStream(), 1 << 16),
                        FrameReader.LIMIT_BEFORE_AUTHENTICATION);
        this.writer = new FrameWriter(socket.getOutputStream());
    }

    /// Connects, encrypts as the options say, authenticates, and waits until commands are accepted.
    static Channel open(ConnectOptions options) {
        if (options.tls().mode() != TlsMode.PREFER) {
            return attempt(options);
        }
        try {
            return attempt(options);
        } catch (WireException e) {
            // As libpq does for `prefer`: a handshake that fails, or a pg_hba.conf that has no line
            // for encrypted connections, leaves the attempt without TLS.
            boolean withoutTls =
                    e.code() == WireException.Code.WIRE_TLS
                            || e.sqlState().filter("28000"::equals).isPresent();
            if (!withoutTls) {
                throw e;
            }
            try {
                return attempt(options.withTls(Tls.of(TlsMode.DISABLE)));
            } catch (WireException second) {
                e.addSuppressed(second);
                throw e;
            }
        }
    }

    private static Channel attempt(ConnectOptions options) {
        Socket raw = connect(options);
        try {
            raw.setTcpNoDelay(true);
            raw.setKeepAlive(true);
            raw.setSoTimeout(Math.toIntExact(options.connectTimeout().toMillis()));
            Optional<SSLSocket> encrypted =
                    options.tls().mode() == TlsMode.DISABLE
                            ? Optional.empty()
                            : TlsUpgrade.ask(raw, options);
            if (encrypted.isEmpty() && !mayBePlain(options.tls().mode())) {
                throw new WireException(
                        WireException.Code.WIRE_TLS,
                        options.address()
                                + " does not offer TLS, which sslmode demands; set ssl = on there");
            }
            Socket socket = encrypted.isPresent() ? encrypted.get() : raw;
            var channel = new Channel(options.address(), raw, socket);
            channel.start(options, encrypted);
            channel.readTimeout(options.readTimeout());
            return channel;
        } catch (SocketTimeoutException e) {
            abandon(raw);
            throw new WireException(
                    WireException.Code.WIRE_TIMEOUT,
                    options.address()
                            + " accepted the connection but was silent for "
                            + options.connectTimeout(),
                    e);
        } catch (IOException e) {
            abandon(raw);
            throw new WireException(
                    WireException.Code.WIRE_CONNECT,
                    "the session with "
                            + options.address()
                            + " broke while it was set up: "
                            + e.getMessage(),
                    e);
        } catch (RuntimeException | Error e) {
            abandon(raw);
            throw e;
        }
    }

    private static boolean mayBePlain(TlsMode mode) {
        return switch (mode) {
            case DISABLE, PREFER -> true;
            case REQUIRE, VERIFY_CA, VERIFY_FULL -> false;
        };
    }

    /// Tries every address of the host in turn; together they get no more than the timeout.
    private static Socket connect(ConnectOptions options) {
        InetAddress[] addresses;
        try {
            addresses = InetAddress.getAllByName(options.host());
        } catch (UnknownHostException e) {
            throw new WireException(
                    WireException.Code.WIRE_CONNECT, "no address for host " + options.host(), e);
        }
        int millis =
                Math.max(
                        1, Math.toIntExact(options.connectTimeout().toMillis() / addresses.length));
        IOException last = new IOException("no address");
        for (InetAddress address : addresses) {
            Socket socket = new Socket();
            try {
                socket.connect(new InetSocketAddress(address, options.port()), millis);
                return socket;
            } catch (IOException e) {
                abandon(socket);
                last = e;
            }
        }
        throw new WireException(
                WireException.Code.WIRE_CONNECT,
                "no connection to " + options.address() + ": " + last.getMessage(),
                last);
    }

    private void start(ConnectOptions options, Optional<SSLSocket> encrypted) throws IOException {
        SequencedMap<String, String> startup = new LinkedHashMap<>();
        startup.put("user", options.credentials().user());
        startup.put("replication", "true");
        startup.put("application_name", options.applicationName());
        startup.put("client_encoding", "UTF8");
        writer.startup(startup);
        var authentication =
                new Authentication(
                        options.credentials(),
                        pathTo(encrypted),
                        encrypted.flatMap(TlsUpgrade::certificateHash));
        var progress = Authentication.Progress.CONTINUES;
        for (int i = 0; i < MAX_MESSAGES_WITHOUT_MEANING; i++) {
            byte type = reader.next();
            boolean authenticated = progress == Authentication.Progress.DONE;
            if (type == 'R' && !authenticated) {
                progress = authentication.answer(reader.payload(), writer);
                if (progress == Authentication.Progress.DONE) {
                    reader.limit(FrameReader.LIMIT);
                }
            } else if (type == 'E') {
                throw refused(ServerError.parse(reader.payload()));
            } else if (type == 'Z' && authenticated) {
                idle = true;
                return;
            } else if (type == 'S') {
                rememberParameter(reader.payload());
            } else if (type != 'N' && !(type == 'K' && authenticated)) {
                throw unexpected(type, "while the session is set up");
            }
        }
        throw new WireException(
                WireException.Code.WIRE_PROTOCOL, address + " never finished the session's set-up");
    }

    private Authentication.Path pathTo(Optional<SSLSocket> encrypted) {
        if (encrypted.isPresent()) {
            return Authentication.Path.ENCRYPTED;
        }
        return raw.getInetAddress().isLoopbackAddress()
                ? Authentication.Path.LOOPBACK
                : Authentication.Path.OPEN_NETWORK;
    }

    /// Class 28 is "invalid authorization specification": wrong password, no line in pg_hba.conf.
    private WireException refused(ServerError error) {
        var code =
                error.sqlState().startsWith("28")
                        ? WireException.Code.WIRE_AUTHENTICATION
                        : WireException.Code.WIRE_SERVER_ERROR;
        return new WireException(code, address + " refused: " + error.summary(), error);
    }

    Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.get(name));
    }

    /// Whether the server waits for a command. If not, after a failure, the session is of no use.
    boolean idle() {
        return idle;
    }

    void readTimeout(Duration duration) {
        try {
            socket.setSoTimeout(Math.toIntExact(duration.toMillis()));
        } catch (IOException e) {
            throw lost(e);
        }
    }

    void query(String command) {
        if (closed || !idle) {
            throw new WireException(
                    WireException.Code.WIRE_CLOSED, "the connection to " + address + " is closed");
        }
        idle = false;
        try {
            writer.query(command);
        } catch (IOException e) {
            throw lost(e);
        }
    }

    /// The next message that belongs to the running command.
    ///
    /// @throws WireException when it is an error; the session is then ready for the next command
    ///   unless the server ended it
    byte receive() {
        for (int i = 0; i < MAX_MESSAGES_WITHOUT_MEANING; i++) {
            byte type = next();
            if (type == 'E') {
                ServerError error = ServerError.parse(reader.payload());
                recover(error);
                throw new WireException(
                        WireException.Code.WIRE_SERVER_ERROR,
                        address + " answered " + error.summary(),
                        error);
            }
            if (!takenAside(type)) {
                return type;
            }
        }
        throw new WireException(
                WireException.Code.WIRE_PROTOCOL, address + " sends nothing but notices");
    }

    Payload payload() {
        return reader.payload();
    }

    void expect(char wanted, String when) {
        byte type = receive();
        if (type != wanted) {
            throw unexpected(type, when);
        }
    }

    /// Reads one result: a row description, rows, and the command's tag. Commands without rows have
    /// only the tag.
    QueryResult result() {
        byte type = receive();
        List<String> columns = new ArrayList<>();
        List<Row> rows = new ArrayList<>();
        if (type == 'T') {
            columns = columns(payload());
            for (type = receive(); type == 'D'; type = receive()) {
                if (rows.size() == MAX_ROWS) {
                    throw new WireException(
                            WireException.Code.WIRE_PROTOCOL,
                            "more than " + MAX_ROWS + " rows from " + address);
                }
                rows.add(Row.parse(payload()));
            }
        }
        return switch (type) {
            case 'C' -> new QueryResult(columns, rows, payload().cstring());
            case 'I' -> new QueryResult(columns, rows, "");
            default -> throw unexpected(type, "in the answer to a command");
        };
    }

    /// Reads the message that ends every answer.
    void ready() {
        expect('Z', "where the answer should end");
        idle = true;
    }

    WireException unexpected(byte type, String when) {
        return new WireException(
                WireException.Code.WIRE_PROTOCOL,
                "unexpected message "
                        + FrameReader.printable(type)
                        + " from "
                        + address
                        + " "
                        + when);
    }

    /// Tells the server that the session ends in order. Only while no command runs.
    void terminate() {
        try {
            if (!closed && idle) {
                writer.terminate();
            }
        } catch (IOException e) {
            // The session ends either way; the server notices the closed socket.
            closed = true;
        }
    }

    @Override
    public void close() {
        closed = true;
        // Not the TLS socket: its close may wait for the thread that reads.
        abandon(raw);
    }

    private void recover(ServerError error) {
        if (error.endsTheSession()) {
            close();
            return;
        }
        try {
            for (int i = 0; i < MAX_MESSAGES_WITHOUT_MEANING; i++) {
                if (next() == 'Z') {
                    idle = true;
                    return;
                }
            }
        } catch (WireException e) {
            // The server's error is the news; that the session broke after it only ends the
            // session.
            close();
        }
    }

    private byte next() {
        try {
            return reader.next();
        } catch (IOException e) {
            throw lost(e);
        }
    }

    private boolean takenAside(byte type) {
        if (type == 'S') {
            rememberParameter(reader.payload());
        }
        return type == 'S' || type == 'N' || type == 'A';
    }

    private void rememberParameter(Payload payload) {
        String name = payload.cstring();
        if (parameters.size() < 200) {
            parameters.put(name, payload.cstring());
        }
    }

    private WireException lost(IOException cause) {
        if (closed) {
            return new WireException(
                    WireException.Code.WIRE_CLOSED,
                    "the connection to " + address + " was closed by this process",
                    cause);
        }
        if (cause instanceof SocketTimeoutException) {
            return new WireException(
                    WireException.Code.WIRE_TIMEOUT,
                    address + " was silent for longer than the read timeout",
                    cause);
        }
        return new WireException(
                WireException.Code.WIRE_CLOSED,
                "the connection to " + address + " was lost: " + cause.getMessage(),
                cause);
    }

    private static List<String> columns(Payload payload) {
        int count = payload.int16();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(payload.cstring());
            payload.bytes(18);
        }
        return names;
    }

    private static void abandon(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Closing is all that could be done with it.
        }
    }
}
