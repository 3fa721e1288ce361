package io.toomai.postgres.sql;

import io.toomai.postgres.os.Poll;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A Unix domain socket in the form that PostgreSQL's JDBC driver knows: Java has them only as
/// channels, which know no time-outs. One thread may read while another writes; any may close.
///
/// Reading and writing wait as long as `setSoTimeout` says at most (0 = without end), so a server
/// that is stopped while it reads holds nobody either.
final class UnixSocket extends Socket {
    private final Path file;
    private final AtomicReference<@Nullable Line> line = new AtomicReference<>();
    private volatile int timeoutMillis;
    private volatile boolean closed;

    UnixSocket(Path file) {
        this.file = file;
    }

    /// What an established connection consists of. The channel never blocks; its selectors wait.
    private record Line(SocketChannel channel, Selector readable, Selector writable) {
        static Line of(SocketChannel channel) throws IOException {
            Selector readable = Selector.open();
            Selector writable = Selector.open();
            channel.register(readable, SelectionKey.OP_READ);
            channel.register(writable, SelectionKey.OP_WRITE);
            return new Line(channel, readable, writable);
        }

        void close() throws IOException {
            // The file descriptor is closed once no selector knows the channel any more.
            try (channel;
                    readable;
                    writable) {
                channel.close();
            }
        }
    }

    @Override
    public void connect(SocketAddress ignored) throws IOException {
        connect(ignored, 0);
    }

    /// @param ignored the driver's; the file counts
    /// @param limitMillis 0 = without end
    /// @throws ConnectException when nobody listens there
    /// @throws SocketTimeoutException when as many wait there as fit, until the end
    @Override
    public void connect(SocketAddress ignored, int limitMillis) throws IOException {
        Duration limit =
                limitMillis == 0
                        ? Duration.ofMillis(Integer.MAX_VALUE)
                        : Duration.ofMillis(limitMillis);
        List<Attempt> attempts = new ArrayList<>();
        Poll.until(
                limit,
                () -> {
                    attempts.clear();
                    attempts.add(attempt());
                    return !(attempts.getFirst() instanceof Attempt.QueueFull);
                });
        switch (attempts.getFirst()) {
            case Attempt.Connected(var channel) -> line.set(Line.of(channel));
            case Attempt.QueueFull _ ->
                    throw new SocketTimeoutException(
                            file + ": nobody took the connection within " + limitMillis + " ms");
            case Attempt.Refused(var why) -> {
                ConnectException refused = new ConnectException(file + ": " + why.getMessage());
                refused.initCause(why);
                throw refused;
            }
        }
        if (closed) {
            close();
            throw closedNow();
        }
    }

    /// What came of one try to connect.
    private sealed interface Attempt {
        record Connected(SocketChannel channel) implements Attempt {}

        /// Other than over TCP the listener does not know of it: it must be tried again.
        record QueueFull() implements Attempt {}

        record Refused(IOException why) implements Attempt {}
    }

    private Attempt attempt() {
        try {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            boolean done = false;
            try {
                channel.configureBlocking(false);
                done = channel.connect(UnixDomainSocketAddress.of(file));
                return done ? new Attempt.Connected(channel) : new Attempt.QueueFull();
            } finally {
                if (!done) {
                    channel.close();
                }
            }
        } catch (IOException e) {
            // A full queue is EAGAIN, which the JDK has no type for; a listener that is gone and a
            // lack of rights have one.
            boolean full = e.getClass() == SocketException.class && Files.exists(file);
            return full ? new Attempt.QueueFull() : new Attempt.Refused(e);
        }
    }

    private Line line() throws SocketException {
        Line now = line.get();
        if (now == null || closed) {
            throw closedNow();
        }
        return now;
    }

    private SocketException closedNow() {
        return new SocketException(file + ": the connection is closed");
    }

    private void await(Selector selector, String what) throws IOException {
        selector.selectedKeys().clear();
        if (selector.select(timeoutMillis) == 0 && !closed) {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException(file + ": told to stop waiting");
            }
            throw new SocketTimeoutException(
                    file + ": the server " + what + " for " + timeoutMillis + " ms");
        }
    }

    private int read(ByteBuffer into) throws IOException {
        try {
            Line now = line();
            int count = now.channel().read(into);
            while (count == 0) {
                await(now.readable(), "said nothing");
                count = now.channel().read(into);
            }
            return count;
        } catch (ClosedChannelException | ClosedSelectorException e) {
            throw closedNow();
        }
    }

    private void write(ByteBuffer from) throws IOException {
        try {
            Line now = line();
            while (from.hasRemaining()) {
                if (now.channel().write(from) == 0) {
                    await(now.writable(), "took nothing");
                }
            }
        } catch (ClosedChannelException | ClosedSelectorException e) {
            throw closedNow();
        }
    }

    @Override
    public InputStream getInputStream() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                return length == 0
                        ? 0
                        : UnixSocket.this.read(ByteBuffer.wrap(into, offset, length));
            }

            @Override
            public void close() throws IOException {
                UnixSocket.this.close();
            }
        };
    }

    @Override
    public OutputStream getOutputStream() {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                write(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] from, int offset, int length) throws IOException {
                UnixSocket.this.write(ByteBuffer.wrap(from, offset, length));
            }

            @Override
            public void close() throws IOException {
                UnixSocket.this.close();
            }
        };
    }

    /// Whoever reads or writes is woken with an error.
    @Override
    public void close() throws IOException {
        closed = true;
        Line now = line.getAndSet(null);
        if (now != null) {
            now.close();
        }
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public boolean isConnected() {
        return line.get() != null;
    }

    @Override
    public void setSoTimeout(int millis) {
        timeoutMillis = millis;
    }

    @Override
    public int getSoTimeout() {
        return timeoutMillis;
    }

    // ---- what the driver sets on every socket and has no meaning here

    @Override
    public void setTcpNoDelay(boolean on) { // style: java.net.Socket's
    }

    @Override
    public boolean getTcpNoDelay() {
        return true;
    }

    @Override
    public void setKeepAlive(boolean on) { // style: java.net.Socket's
    }

    @Override
    public boolean getKeepAlive() {
        return false;
    }

    @Override
    public int getSendBufferSize() throws SocketException {
        return bufferSize(StandardSocketOptions.SO_SNDBUF);
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        return bufferSize(StandardSocketOptions.SO_RCVBUF);
    }

    private int bufferSize(SocketOption<Integer> which) throws SocketException {
        try {
            return line().channel().getOption(which);
        } catch (SocketException e) {
            throw e;
        } catch (IOException e) {
            throw new SocketException(file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        return UnixDomainSocketAddress.of(file);
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
