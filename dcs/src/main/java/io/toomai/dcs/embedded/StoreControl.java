package io.toomai.dcs.embedded;

import io.toomai.dcs.DcsException;
import io.toomai.settings.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Semaphore;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets the operator of this machine ask and change the store: a Unix socket in a folder that only
/// the process's user (and root) can enter, which is the authentication. It also works while the
/// store has no majority. One JSON object in, one out. At most four callers at a time; who keeps a
/// connection open without asking holds up only that user's other commands.
public final class StoreControl implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoreControl.class);
    private static final int CALLERS = 4;
    private static final int LONGEST = 1 << 24; // bytes of a question or an answer
    private static final String REFUSED = "refused";

    private final ServerSocketChannel channel;
    private final Path socket;
    private final UnaryOperator<Json.Obj> operations;
    private final Semaphore free = new Semaphore(CALLERS);

    private StoreControl(
            ServerSocketChannel channel, Path socket, UnaryOperator<Json.Obj> operations) {
        this.channel = channel;
        this.socket = socket;
        this.operations = operations;
    }

    private static Path socket(Path directory) {
        return directory.toAbsolutePath().resolve("control").resolve("socket");
    }

    /// @param operations may throw [DcsException], whose message is the answer then
    static StoreControl open(Path directory, UnaryOperator<Json.Obj> operations)
            throws IOException {
        Path socket = socket(directory);
        Path folder = directory.toAbsolutePath().resolve("control");
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        Files.deleteIfExists(socket);
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.bind(UnixDomainSocketAddress.of(socket));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        StoreControl control = new StoreControl(channel, socket, operations);
        Thread.ofVirtual().name("store-control").start(control::accept);
        return control;
    }

    private void accept() {
        while (channel.isOpen()) {
            try {
                SocketChannel caller = channel.accept();
                if (free.tryAcquire()) {
                    Thread.ofVirtual().name("store-command").start(() -> answer(caller));
                } else {
                    caller.close();
                }
            } catch (IOException e) {
                LOG.debug("store control", e);
            }
        }
    }

    private void answer(SocketChannel caller) {
        try (caller) {
            write(caller, outcome(Json.parseObject(read(caller)).orElse(Json.Obj.EMPTY)));
        } catch (IOException e) {
            LOG.debug("store control: somebody asked and left", e);
        } finally {
            free.release();
        }
    }

    private Json.Obj outcome(Json.Obj request) {
        try {
            return operations.apply(request);
        } catch (DcsException e) {
            return Json.Obj.EMPTY.with(REFUSED, e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("store control: a command failed", e);
            return Json.Obj.EMPTY.with(REFUSED, "it failed, see the log of this node: " + e);
        }
    }

    /// Asks the process that runs the member whose directory that is.
    ///
    /// @throws DcsException with the reason when it refuses or does not run
    public static Json.Obj ask(Path directory, Json.Obj request) {
        Path socket = socket(directory);
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            write(channel, request);
            channel.shutdownOutput();
            Json.Obj answer = Json.parseObject(read(channel)).orElse(Json.Obj.EMPTY);
            if (!answer.textAt(REFUSED).isEmpty() || answer.fields().isEmpty()) {
                throw new DcsException(
                        DcsException.Code.DCS_DENIED,
                        answer.fields().isEmpty() ? "it gave no answer" : answer.textAt(REFUSED));
            }
            return answer;
        } catch (IOException e) {
            throw new DcsException(
                    DcsException.Code.DCS_CONNECTION,
                    "no member of the embedded store answers at %s: %s. Start the agent or the witness of this node, and ask as its user or as root"
                            .formatted(socket, e.getMessage()),
                    e);
        }
    }

    private static void write(SocketChannel to, Json.Obj what) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.wrap((what.compact() + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
    }

    private static String read(SocketChannel from) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer piece = ByteBuffer.allocate(1 << 13);
        while (from.read(piece) >= 0) {
            all.write(piece.array(), 0, piece.position());
            if (all.size() > LONGEST || piece.array()[Math.max(0, piece.position() - 1)] == '\n') {
                break; // JSON in one line
            }
            piece.clear();
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        try {
            channel.close();
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            LOG.debug("store control", e);
        }
    }
}
