package io.toomai.dcs.embedded;

import io.toomai.dcs.embedded.Answer.Waits;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers on the election port of a voter that has no data, while ZooKeeper does not run there:
/// one line to each that connects. At most sixteen at a time. One virtual thread, and one more for
/// each that asks.
final class Greeter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Greeter.class);
    private static final int AT_A_TIME = 16;
    private static final int PATIENCE_MILLIS = 2000;

    private final ServerSocket socket;
    private final int id;
    private final Semaphore free = new Semaphore(AT_A_TIME);
    private final Thread thread;
    private volatile Waits answer;

    private Greeter(ServerSocket socket, int id, Waits answer) {
        this.socket = socket;
        this.id = id;
        this.answer = answer;
        this.thread = Thread.ofVirtual().name("store-greeter").unstarted(this::accept);
    }

    static Greeter open(EmbeddedStoreSettings settings, PeerSockets sockets, Waits answer)
            throws IOException {
        var me = settings.me();
        Greeter greeter =
                new Greeter(sockets.listen(me.host(), me.electionPort()), me.id(), answer);
        greeter.thread.start();
        return greeter;
    }

    void say(Waits now) {
        answer = now;
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket caller = socket.accept();
                if (free.tryAcquire()) {
                    Thread.ofVirtual().name("store-greeting").start(() -> greet(caller));
                } else {
                    caller.close();
                }
            } catch (IOException e) {
                LOG.debug("voter {}: nobody greeted", id, e);
            }
        }
    }

    private void greet(Socket caller) {
        try (caller) {
            caller.setSoTimeout(PATIENCE_MILLIS);
            Waits now = answer;
            caller.getOutputStream()
                    .write(
                            "%s 1 %d %s %s\n"
                                    .formatted(Question.GREETING, id, now.phase(), now.list())
                                    .getBytes(StandardCharsets.US_ASCII));
            caller.getOutputStream().flush();
            // Closing before the question is read would destroy the answer on its way.
            InputStream question = caller.getInputStream();
            byte[] unread = new byte[256];
            int left = 1024;
            for (int n = question.read(unread); n >= 0 && left > 0; n = question.read(unread)) {
                left -= n;
            }
        } catch (IOException e) {
            LOG.debug("voter {}: somebody asked and left", id, e);
        } finally {
            free.release();
        }
    }

    /// Gives the port free.
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("voter {}: the greeter's port", id, e);
        }
    }
}
