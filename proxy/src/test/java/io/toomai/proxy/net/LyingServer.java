package io.toomai.proxy.net;

import io.toomai.proxy.fuzz.Noise;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// A server whose every connection does something else: most log a client in, and answer some of
/// what they hear; all of them say at any time what no server should.
final class LyingServer implements AutoCloseable {
    private static final List<String> STATEMENTS = List.of("SELECT 1");

    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final AtomicLong seeds;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

    LyingServer(long seed) throws IOException {
        seeds = new AtomicLong(seed);
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                sockets.add(socket);
                long seed = seeds.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(socket, new Noise(seed, STATEMENTS)));
            }
        } catch (IOException _) {
            // closed
        }
    }

    private void serve(Socket socket, Noise noise) {
        try (socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            in.readNBytes(in.readInt() - 4);
            login(noise, out);
            for (int turns = 0; turns < 40; turns++) {
                byte type = in.readByte();
                in.skipNBytes(in.readInt() - 4L);
                answer(noise, out, type);
            }
        } catch (IOException _) {
            // The other side is gone, or what it says is not to be understood.
        } finally {
            sockets.remove(socket);
        }
    }

    private static void login(Noise noise, OutputStream out) throws IOException {
        byte[] welcome =
                Noise.concat(
                        Noise.message('R', new byte[4]),
                        Noise.message('S', Noise.text("client_encoding", "UTF8")),
                        Noise.message('K', noise.bytes(8)),
                        Noise.message('Z', new byte[] {'I'}));
        say(noise, out, noise.oneIn(5) ? noise.mutated(welcome) : welcome);
    }

    private static void answer(Noise noise, OutputStream out, byte type) throws IOException {
        byte[] answer =
                switch (type) {
                    case 'Q' ->
                            Noise.concat(
                                    FakeServer.row("lie"),
                                    FakeServer.complete("SELECT 1"),
                                    FakeServer.ready(noise.oneIn(4) ? 'T' : 'I'));
                    case 'S' -> FakeServer.ready('I');
                    case 'P' -> Noise.message('1', new byte[0]);
                    case 'B' -> Noise.message('2', new byte[0]);
                    case 'C' -> Noise.message('3', new byte[0]);
                    case 'E' -> FakeServer.complete("SELECT 0");
                    default -> new byte[0];
                };
        switch (noise.below(12)) {
            case 0 -> say(noise, out, noise.mutated(answer));
            case 1 -> say(noise, out, Noise.concat(answer, noise.fromServer()));
            case 2 -> say(noise, out, noise.fromServer());
            case 3 -> say(noise, out, noise.bytes(noise.below(200)));
            case 4 -> {} // it keeps silent
            default -> say(noise, out, answer);
        }
    }

    private static void say(Noise noise, OutputStream out, byte[] all) throws IOException {
        for (byte[] piece : noise.oneIn(3) ? noise.pieces(all) : List.of(all)) {
            out.write(piece);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
