package io.toomai.cli.demo;

import io.toomai.cli.demo.DemoException.Code;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;

/// Ports that nobody uses at this moment.
final class Ports {
    private Ports() {}

    private static final int ATTEMPTS = 50;

    /// That many consecutive ports: from `base` on, or wherever there are some below the range from
    /// which the kernel takes a port for each connection that goes out.
    ///
    /// @throws DemoException NO_PORTS when one from `base` on is taken
    static List<Integer> free(int count, OptionalInt base) {
        if (base.isPresent()) {
            return from(base.getAsInt(), count);
        }
        for (int attempt = 1; ; attempt++) {
            try {
                return from(ThreadLocalRandom.current().nextInt(10_000, 32_000), count);
            } catch (DemoException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static List<Integer> from(int base, int count) {
        var held = new ArrayList<ServerSocket>();
        try {
            var ports = new ArrayList<Integer>();
            for (int i = 0; i < count; i++) {
                ServerSocket socket = new ServerSocket();
                held.add(socket);
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), base + i));
                ports.add(socket.getLocalPort());
            }
            return ports;
        } catch (IOException | IllegalArgumentException e) {
            int taken = base + held.size() - 1;
            throw new DemoException(
                    Code.NO_PORTS,
                    "port "
                            + taken
                            + " cannot be used ("
                            + e.getMessage()
                            + "); choose another --base-port");
        } finally {
            held.forEach(Ports::close);
        }
    }

    private static void close(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException _) {
            // It was only held to be given back.
        }
    }
}
