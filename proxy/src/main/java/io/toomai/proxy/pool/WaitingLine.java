package io.toomai.proxy.pool;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The clients that wait for a server, who has waited longest first. Before them all come those for
/// whom a place is kept, and the last servers of a pool are nobody else's.
///
/// @param <C> a client
final class WaitingLine<C extends Waiter> {
    private final ArrayDeque<C> waiting = new ArrayDeque<>();

    /// They keep their places until they are served or give them up, whether they wait or not.
    private final Set<C> kept = new HashSet<>();

    /// Behind those that have waited longer: not at the end, if it has waited before.
    void add(C client) {
        ArrayDeque<C> later = new ArrayDeque<>();
        C last = waiting.peekLast();
        while (last != null && isBefore(client, last)) {
            later.addFirst(waiting.removeLast());
            last = waiting.peekLast();
        }
        waiting.addLast(client);
        waiting.addAll(later);
    }

    private boolean isBefore(C client, C other) {
        boolean hasPlace = hasPlace(client);
        return hasPlace == hasPlace(other) ? other.waitsSince() > client.waitsSince() : hasPlace;
    }

    void remove(C client) {
        waiting.remove(client);
    }

    void keepPlace(C client) {
        kept.add(client);
    }

    void giveUpPlace(C client) {
        kept.remove(client);
    }

    boolean hasPlace(C client) {
        return kept.contains(client);
    }

    /// Whether a server would be for this one, who does not wait yet.
    ///
    /// @param free servers that a pool has or may open beside those in use
    boolean isFor(C client, int free) {
        return hasPlace(client) || (waiting.isEmpty() && isForAll(free));
    }

    /// The first one, if a server is for it.
    @Nullable C next(int free) {
        C first = waiting.peek();
        return first == null || hasPlace(first) || isForAll(free) ? first : null;
    }

    /// The client that [#next] has named is served.
    void served(C next) {
        waiting.remove(next);
        kept.remove(next);
    }

    private boolean isForAll(int free) {
        return kept.isEmpty() || free > kept.size();
    }

    /// For how many of those that wait there is to be a server.
    int wanted(int free) {
        if (kept.isEmpty()) {
            return waiting.size();
        }
        int first = 0;
        for (C client : waiting) {
            if (!hasPlace(client)) {
                break;
            }
            first++;
        }
        return first + Math.clamp(free - kept.size(), 0, waiting.size() - first);
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    int size() {
        return waiting.size();
    }

    /// How long the first one has waited, in nanoseconds.
    long longestWait(long now) {
        C first = waiting.peek();
        return first == null ? 0 : now - first.waitsSince();
    }
}
