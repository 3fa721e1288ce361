package io.toomai.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// Ports of the loopback that were free when this was made, none given twice. For one thread.
final class Ports {
    private final ArrayDeque<Integer> free = new ArrayDeque<>();

    /// Holds all of them at once, so that no two are the same.
    Ports(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                held.add(socket);
                free.add(socket.getLocalPort());
            }
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }

    int next() {
        return free.remove();
    }
}
