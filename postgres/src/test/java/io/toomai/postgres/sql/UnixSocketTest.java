package io.toomai.postgres.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.postgres.Endpoint;
import io.toomai.postgres.Login;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.install.Launch;
import io.toomai.postgres.os.ProcessTable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against a listener of the test's own, which does what no PostgreSQL does on request: nothing.
class UnixSocketTest {
    private static final InetSocketAddress IGNORED = InetSocketAddress.createUnresolved("x", 1);
    private static final int PORT = 5432;

    @TempDir Path directory;
    private ServerSocketChannel listener;

    @BeforeEach
    void listen() throws IOException {
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(file()), 1);
    }

    @AfterEach
    void stop() throws IOException {
        listener.close();
    }

    private Path file() {
        return directory.resolve(".s.PGSQL." + PORT);
    }

    private UnixSocket connected() throws IOException {
        UnixSocket socket = new UnixSocket(file());
        socket.connect(IGNORED, 10_000);
        return socket;
    }

    @Test
    void bytesGoBothWaysUntilTheOtherSideEnds() throws IOException {
        try (UnixSocket socket = connected()) {
            SocketChannel server = listener.accept();
            socket.getOutputStream().write("ask".getBytes(StandardCharsets.UTF_8));
            ByteBuffer asked = ByteBuffer.allocate(3);
            while (asked.hasRemaining()) {
                server.read(asked);
            }
            assertThat(asked.array()).asString(StandardCharsets.UTF_8).isEqualTo("ask");
            server.write(ByteBuffer.wrap("answer".getBytes(StandardCharsets.UTF_8)));
            server.close();
            assertThat(socket.getInputStream().readAllBytes())
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo("answer");
        }
    }

    @Test
    void aServerThatSaysNothingIsNotWaitedForLonger() throws IOException {
        try (UnixSocket socket = connected()) {
            socket.setSoTimeout(50);
            assertThatThrownBy(() -> socket.getInputStream().read())
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessageContaining("said nothing");
            // It was a time-out and no end: the answer may still come.
            try (SocketChannel server = listener.accept()) {
                server.write(ByteBuffer.wrap(new byte[] {7}));
                socket.setSoTimeout(10_000);
                assertThat(socket.getInputStream().read()).isEqualTo(7);
            }
        }
    }

    @Test
    void aServerThatReadsNothingIsNotWaitedForLonger() throws IOException {
        try (UnixSocket socket = connected()) {
            socket.setSoTimeout(50);
            assertThatThrownBy(() -> socket.getOutputStream().write(new byte[16 << 20]))
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessageContaining("took nothing");
        }
    }

    @Test
    void whoReadsIsWokenByAClose() throws Exception {
        UnixSocket socket = connected();
        AtomicReference<Throwable> end = new AtomicReference<>(new AssertionError("still reads"));
        Thread reader =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                socket.getInputStream().read();
                            } catch (IOException | RuntimeException e) {
                                end.set(e);
                            }
                        });
        await().until(() -> reader.getState() == Thread.State.RUNNABLE);
        socket.close();
        reader.join(Duration.ofSeconds(30));
        assertThat(end.get()).isInstanceOf(SocketException.class).hasMessageContaining("closed");
        assertThat(socket.isClosed()).isTrue();
    }

    @Test
    void whereNobodyListensTheConnectionIsRefused() throws IOException {
        listener.close();
        assertThatThrownBy(this::connected)
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining(file().toString());
        Files.delete(file());
        assertThatThrownBy(this::connected)
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining(file().toString());
    }

    @Test
    void aFullQueueIsWaitedForWithinTheLimit() throws IOException {
        List<UnixSocket> waiting = new ArrayList<>();
        try {
            assertThatThrownBy(
                            () -> {
                                for (int i = 0; i < 1000; i++) {
                                    UnixSocket socket = new UnixSocket(file());
                                    waiting.add(socket);
                                    socket.connect(IGNORED, 50);
                                }
                            })
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessageContaining("nobody took the connection");
        } finally {
            for (UnixSocket socket : waiting) {
                socket.close();
            }
        }
    }

    @Test
    void aHungServerCountsAsATimeOutAndIsNamedByItsFile() throws IOException {
        sayThatThisProcessIsThePostmaster(directory.toString());
        try (LocalSql sql = new LocalSql(access(new AtomicBoolean(true)))) {
            assertThatThrownBy(() -> sql.call(Duration.ofMillis(200), connection -> true))
                    .isInstanceOfSatisfying(
                            PostgresException.class,
                            e -> assertThat(e.code()).isEqualTo(Code.TIMEOUT))
                    .hasMessageContaining(file().toString());
        }
    }

    @Test
    void tcpIsTakenWithoutTheSwitchAndWhereThereIsNoSocket() throws IOException {
        AtomicBoolean wanted = new AtomicBoolean(true);
        SqlAccess access = access(wanted);
        assertThat(access.place()).as("no server runs").isEqualTo("127.0.0.1:1");
        sayThatThisProcessIsThePostmaster("");
        assertThat(access.place()).as("a server without sockets").isEqualTo("127.0.0.1:1");
        sayThatThisProcessIsThePostmaster("@abstract");
        assertThat(access.place()).as("only an abstract socket").isEqualTo("127.0.0.1:1");
        sayThatThisProcessIsThePostmaster(directory.toString());
        assertThat(access.place()).isEqualTo(file().toString());
        assertThat(access.properties().getProperty("sslmode")).isEqualTo("disable");
        Files.delete(directory.resolve("postmaster.pid"));
        assertThat(access.place()).as("asked once for each server").isEqualTo(file().toString());
        wanted.set(false);
        assertThat(access.place()).as("after a reload").isEqualTo("127.0.0.1:1");
        assertThat(access.properties()).doesNotContainKey("socketFactory");
    }

    private SqlAccess access(AtomicBoolean wanted) {
        return new SqlAccess(
                        new Endpoint("127.0.0.1", 1), "postgres", Login.of("u", "p"), "Toomai test")
                .through(new LocalSocket(directory, Launch.DIRECT, wanted::get));
    }

    private void sayThatThisProcessIsThePostmaster(String socketDirectory) throws IOException {
        long pid = ProcessHandle.current().pid();
        assertThat(ProcessTable.find(pid)).isPresent();
        Files.writeString(
                directory.resolve("postmaster.pid"),
                "%d\n/data\n1\n%d\n%s\nlocalhost\n1 2\nready\n"
                        .formatted(pid, PORT, socketDirectory));
    }
}
