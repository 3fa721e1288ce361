package io.toomai.proxy.net;

import java.util.concurrent.atomic.AtomicLong;

/// Numbers that nothing in this proxy had before. Thread safe.
final class Numbers {
    private final AtomicLong clients = new AtomicLong();
    private final AtomicLong servers = new AtomicLong();

    long nextClient() {
        return clients.incrementAndGet();
    }

    /// For a connection to a server.
    long nextServer() {
        return servers.incrementAndGet();
    }
}
