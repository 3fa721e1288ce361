package io.toomai.dcs;

import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.ProcessLease.Lease;
import java.util.Optional;

/// This member's own key, on the lease of this process. Remembers what it published so that an
/// unchanged document costs nothing. For adapters.
public final class LeasedMemberKey {
    private static final int ATTEMPTS = 3;

    private final String path;
    private final ProcessLease lease;
    private final Writing store;
    private volatile Optional<Published> published = Optional.empty();

    /// The key as written, or as somebody read it.
    ///
    /// @param lease its id
    public record Published(String json, String lease) {}

    /// How the store does it. Each may be repeated until its deadline.
    public interface Writing {
        /// @throws DcsException `DCS_SESSION_EXPIRED` when the lease is over
        void put(Published wanted, Deadline deadline);

        void delete(Deadline deadline);
    }

    public LeasedMemberKey(String path, ProcessLease lease, Writing store) {
        this.path = path;
        this.lease = lease;
        this.store = store;
    }

    public String path() {
        return path;
    }

    /// See [Dcs#publishMember].
    public void publish(String json, Deadline deadline) {
        for (int attempt = 1; ; attempt++) {
            Lease mine = lease.needed(deadline);
            Published wanted = new Published(json, mine.id());
            if (published.filter(wanted::equals).isPresent()) {
                return;
            }
            try {
                put(wanted, deadline);
                return;
            } catch (DcsException e) {
                if (e.code() != Code.DCS_SESSION_EXPIRED || attempt == ATTEMPTS) {
                    throw e;
                }
                lease.over(mine.id()); // the next attempt is under a new one
            }
        }
    }

    private void put(Published wanted, Deadline deadline) {
        published = Optional.empty(); // until it is answered nobody knows
        store.put(wanted, deadline);
        published = Optional.of(wanted);
    }

    /// The keys move to another lease.
    public void moveTo(Lease next, Deadline deadline) {
        published.ifPresent(last -> put(new Published(last.json(), next.id()), deadline));
    }

    public void withdraw(Deadline deadline) {
        published = Optional.empty();
        store.delete(deadline);
    }

    /// Somebody looked: when the key is not as this process left it, the next publishing writes.
    public void seen(Optional<Published> key) {
        if (!published.equals(key)) {
            published = Optional.empty();
        }
    }
}
