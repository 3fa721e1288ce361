package io.toomai.proxy.session;

import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The keys of all clients. Thread safe.
///
/// @param <C> a client
public final class CancelKeys<C> {
    private final SecureRandom random = new SecureRandom();
    private final Map<Integer, Entry<C>> byProcess = new HashMap<>();

    /// A peer's number leaves few for the process: several clients may have one.
    private static final class Entry<C> {
        final CancelKey key;
        final C client;
        @Nullable Entry<C> next;

        Entry(CancelKey key, C client, @Nullable Entry<C> next) {
            this.key = key;
            this.client = client;
            this.next = next;
        }
    }

    /// @param length of the secret, in bytes: 4 for protocol 3.0, 32 for 3.2
    /// @param peer `peer_id`, 0 where there are no peers
    public CancelKey make(int length, int peer) {
        byte[] bytes = new byte[4 + length];
        random.nextBytes(bytes);
        return CancelKey.of(bytes, peer);
    }

    public synchronized void add(CancelKey key, C client) {
        byProcess.put(key.process(), new Entry<>(key, client, byProcess.get(key.process())));
    }

    public synchronized void remove(CancelKey key) {
        byProcess.computeIfPresent(key.process(), (_, first) -> without(key, first));
    }

    private @Nullable Entry<C> without(CancelKey key, Entry<C> first) {
        if (first.key.opens(key)) {
            return first.next;
        }
        for (Entry<C> at = first; at != null; at = at.next) {
            Entry<C> next = at.next;
            if (next != null && next.key.opens(key)) {
                at.next = next.next;
            }
        }
        return first;
    }

    /// @param peer this one's `peer_id`, 0 where there are no peers
    public synchronized Optional<C> find(CancelKey asked, int peer) {
        CancelKey key = peer > 0 ? asked.asMade() : asked;
        for (Entry<C> at = byProcess.get(key.process()); at != null; at = at.next) {
            if (at.key.opens(key)) {
                return Optional.of(at.client);
            }
        }
        return Optional.empty();
    }
}
