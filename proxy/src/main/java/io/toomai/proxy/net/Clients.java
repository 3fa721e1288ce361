package io.toomai.proxy.net;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The clients that are logged in. Belongs to the event loop.
final class Clients {
    private final Map<Long, ClientConnection> byNumber = new LinkedHashMap<>();
    private final Map<String, Integer> ofDatabase = new HashMap<>();
    private final Map<String, Integer> ofUser = new HashMap<>();
    private final Map<Long, String> reasons = new HashMap<>();
    private final Journal journal;
    private long last;

    Clients(Journal journal) {
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

    /// A number that no client of this process had before.
    long number() {
        return ++last;
    }

    void add(ClientConnection client) {
        byNumber.put(client.identity().number(), client);
        ofDatabase.merge(client.identity().database(), 1, Integer::sum);
        ofUser.merge(client.identity().user(), 1, Integer::sum);
    }

    void remove(ClientConnection client) {
        String why = reasons.remove(client.identity().number());
        if (byNumber.remove(client.identity().number()) != null) {
            ofDatabase.merge(client.identity().database(), -1, Clients::less);
            ofUser.merge(client.identity().user(), -1, Clients::less);
            journal.closed(client, why == null ? "client unexpected eof" : why, age(client));
        }
    }

    /// In seconds.
    private static long age(ClientConnection client) {
        return Duration.between(client.connected(), Instant.now()).toSeconds();
    }

    /// Whoever has none is not kept.
    private static @Nullable Integer less(int before, int one) {
        return before + one == 0 ? null : before + one;
    }

    int ofDatabase(String name) {
        return ofDatabase.getOrDefault(name, 0);
    }

    int ofUser(String name) {
        return ofUser.getOrDefault(name, 0);
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
