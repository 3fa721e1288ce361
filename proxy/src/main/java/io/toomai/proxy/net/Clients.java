package io.toomai.proxy.net;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The clients of one wing that are logged in. Belongs to its event loop.
final class Clients {
    private final Map<Long, ClientConnection> byNumber = new LinkedHashMap<>();
    private final Map<Long, String> reasons = new HashMap<>();
    private final Crowd crowd;
    private final Journal journal;

    Clients(Crowd crowd, Journal journal) {
        this.crowd = crowd;
        this.journal = journal;
    }

    /// Why a client will be gone, where it does not just vanish.
    void because(ClientConnection client, String why) {
        reasons.putIfAbsent(client.identity().number(), why);
    }

    /// A client is told why it cannot go on.
    void refused(ClientConnection client, String why) {
        journal.poolerError(client, why);
        because(client, why);
    }

    /// One that the crowd has let in.
    void add(ClientConnection client) {
        byNumber.put(client.identity().number(), client);
    }

    void remove(ClientConnection client) {
        String why = reasons.remove(client.identity().number());
        if (byNumber.remove(client.identity().number()) != null) {
            crowd.leave(client.identity());
            journal.closed(client, why == null ? "client unexpected eof" : why, age(client));
        }
    }

    /// In seconds.
    private static long age(ClientConnection client) {
        return Duration.between(client.connected(), Instant.now()).toSeconds();
    }

    /// @param number as tables show it
    Optional<ClientConnection> find(long number) {
        return Optional.ofNullable(byNumber.get(number));
    }

    /// In the order in which they came.
    Collection<ClientConnection> all() {
        return Collections.unmodifiableCollection(byNumber.values());
    }
}
