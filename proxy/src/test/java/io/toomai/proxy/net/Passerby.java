package io.toomai.proxy.net;

import io.toomai.proxy.fuzz.Noise;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;

/// A client that sends what its seed brings, in the middle of which it may leave in any manner. It
/// reads what comes, or does not.
final class Passerby {
    private static final List<String> STATEMENTS =
            List.of(
                    "SELECT 1",
                    "BEGIN",
                    "COMMIT",
                    "ROLLBACK",
                    "SELECT 1/0",
                    "SELECT",
                    "SET search_path = nowhere",
                    "SET TimeZone = 'Asia/Tokyo'",
                    "SELECT set_config('application_name', 'passerby', false)",
                    "DISCARD ALL",
                    "DEALLOCATE ALL",
                    "DEALLOCATE toomai_1",
                    "/* x */ DEALLOCATE toomai_2",
                    "PREPARE mine AS SELECT 7",
                    "SELECT repeat('x', 100000)",
                    "COPY (SELECT generate_series(1, 2000)) TO STDOUT",
                    "CREATE TEMP TABLE heap (n int)",
                    "COPY heap FROM STDIN",
                    "LISTEN channel",
                    "NOTIFY channel, 'words'",
                    "SHOW ALL",
                    "\u00e4\u0000",
                    "");

    private final Noise noise;
    private final long seed;

    Passerby(long seed) {
        this.seed = seed;
        this.noise = new Noise(seed, STATEMENTS);
    }

    /// @param trusting a port where anybody is let in
    /// @param asking a port where a password is wanted, and TLS is offered
    void comesBy(int trusting, int asking) {
        boolean knocks = noise.oneIn(4);
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), knocks ? asking : trusting)) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(1 + noise.below(4));
            if (knocks) {
                knock(socket);
            } else {
                talk(socket);
            }
            leave(socket);
        } catch (IOException _) {
            // It was shown the door.
        }
    }

    /// Before anybody knows it.
    private void knock(Socket socket) throws IOException {
        byte[] all = new byte[0];
        for (int turns = 1 + noise.below(3); turns > 0; turns--) {
            byte[] next =
                    switch (noise.below(5)) {
                        case 0 -> noise.bytes(1 + noise.below(40));
                        case 1 -> RawClient.SSL;
                        case 2 -> Noise.message('p', Noise.text("SCRAM-SHA-256", "n,,n=,r=x"));
                        case 3 -> new byte[] {0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0};
                        default -> noise.opening(noise.oneIn(2) ? "postgres" : "x", "postgres");
                    };
            all = Noise.concat(all, noise.oneIn(4) ? noise.mutated(next) : next);
        }
        send(socket, all);
    }

    private void talk(Socket socket) throws IOException {
        String database = noise.oneIn(3) ? "lies" : noise.oneIn(20) ? "nothing" : "postgres";
        byte[] opening =
                noise.oneIn(8)
                        ? noise.opening("postgres", database)
                        : Noise.packet(3, 0, Noise.text("user", user(), "database", database, ""));
        send(socket, opening);
        for (int turns = noise.below(6); turns > 0; turns--) {
            byte[] all = new byte[0];
            for (int messages = 1 + noise.below(8); messages > 0; messages--) {
                byte[] one = noise.fromClient();
                all = Noise.concat(all, noise.oneIn(15) ? noise.mutated(one) : one);
            }
            send(socket, all);
        }
    }

    private String user() {
        return noise.oneIn(3) ? "one" : "postgres";
    }

    private void send(Socket socket, byte[] all) throws IOException {
        OutputStream out = socket.getOutputStream();
        for (byte[] piece : noise.oneIn(3) ? noise.pieces(all) : List.of(all)) {
            out.write(piece);
        }
        if (!noise.oneIn(4)) {
            read(socket);
        }
    }

    private static void read(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        byte[] room = new byte[8192];
        try {
            int some = in.read(room);
            while (some > 0) {
                some = in.read(room);
            }
        } catch (SocketTimeoutException _) {
            // That was all for now.
        }
    }

    private void leave(Socket socket) throws IOException {
        switch (noise.below(4)) {
            case 0 -> socket.setSoLinger(true, 0); // a reset
            case 1 -> {
                socket.shutdownOutput();
                read(socket);
            }
            default -> socket.close();
        }
    }

    @Override
    public String toString() {
        return "passerby " + seed;
    }
}
