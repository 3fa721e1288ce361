package io.toomai.proxy.net;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/// A server that lets nobody in, for one reason, until it relents.
final class RefusingServer implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final AtomicInteger visits = new AtomicInteger();
    private final byte[] refusal;
    private volatile boolean relents;

    RefusingServer(String code, String words) throws IOException {
        refusal = FakeServer.error("FATAL", code, words);
        Thread.ofVirtual().start(this::serve);
    }

    int port() {
        return listener.getLocalPort();
    }

    int visits() {
        return visits.get();
    }

    void relent() {
        relents = true;
    }

    private void serve() {
        try {
            while (true) {
                Socket visitor = listener.accept();
                DataInputStream in = new DataInputStream(visitor.getInputStream());
                in.readNBytes(in.readInt() - 4);
                visits.incrementAndGet();
                if (relents) {
                    visitor.getOutputStream().write(FakeServer.message('R', new byte[4]));
                    visitor.getOutputStream().write(FakeServer.message('K', new byte[8]));
                    visitor.getOutputStream().write(FakeServer.ready('I'));
                } else {
                    visitor.getOutputStream().write(refusal);
                    visitor.close();
                }
            }
        } catch (IOException _) {
            // closed
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
