package io.toomai.core;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/// Ports of the loopback for the tests of every module, none given twice. A port that was free a
/// moment ago may be taken when a server starts on it: by another test, or by the kernel for a
/// connection that goes out. So each JVM has blocks of ports of its own, below the range of
/// outgoing connections; a block is kept by listening on its first port until the JVM ends. Safe
/// for any thread.
public final class FreePorts {
    private static final int FIRST = 10_000;
    private static final int BLOCK = 100;
    private static final int BLOCKS = 220;

    private static final List<ServerSocket> KEPT = new ArrayList<>();
    private static int last;
    private static int end;

    private FreePorts() {}

    public static synchronized int next() {
        while (true) {
            if (last == end) {
                takeBlock();
            }
            last++;
            Optional<ServerSocket> probe = listen(last);
            if (probe.isPresent()) {
                close(probe.get());
                return last;
            }
        }
    }

    public static List<Integer> next(int count) {
        return Stream.generate(FreePorts::next).limit(count).toList();
    }

    private static void takeBlock() {
        while (true) {
            int first = FIRST + BLOCK * ThreadLocalRandom.current().nextInt(BLOCKS);
            Optional<ServerSocket> kept = listen(first);
            if (kept.isPresent()) {
                KEPT.add(kept.get());
                last = first;
                end = first + BLOCK - 1;
                return;
            }
        }
    }

    private static Optional<ServerSocket> listen(int port) {
        try {
            return Optional.of(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static void close(ServerSocket probe) {
        try {
            probe.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
