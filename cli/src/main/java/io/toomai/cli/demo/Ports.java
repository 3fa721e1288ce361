package io.toomai.cli.demo;

import io.toomai.cli.demo.DemoException.Code;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// Ports that nobody uses at this moment.
final class Ports {
    private Ports() {}

    /// That many ports: consecutive from `base`, or wherever there are some.
    ///
    /// @throws DemoException NO_PORTS when one from `base` on is taken
    static List<Integer> free(int count, OptionalInt base) {
        var held = new ArrayList<ServerSocket>();
        try {
            var ports = new ArrayList<Integer>();
            for (int i = 0; i < count; i++) {
                int wanted = base.isPresent() ? base.getAsInt() + i : 0;
                ServerSocket socket = new ServerSocket();
                held.add(socket);
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted));
                ports.add(socket.getLocalPort());
            }
            return ports;
        } catch (IOException | IllegalArgumentException e) {
            int taken = base.orElse(0) + held.size() - 1;
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
