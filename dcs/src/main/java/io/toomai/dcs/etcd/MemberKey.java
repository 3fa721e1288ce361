package io.toomai.dcs.etcd;

import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.ProcessLease;
import io.toomai.dcs.ProcessLease.Lease;
import io.toomai.dcs.etcd.GatewayReply.KeyValue;
import java.util.Optional;

/// This member's own key, on the lease of this process. Remembers what it published so that an
/// unchanged document costs nothing.
final class MemberKey {
    private static final int ATTEMPTS = 3;
    private static final Published NOTHING = new Published("", GatewayReply.NO_LEASE);

    private final String path;
    private final EtcdCalls calls;
    private final ProcessLease lease;
    private volatile Published published = NOTHING;

    private record Published(String json, String lease) {}

    MemberKey(String path, EtcdCalls calls, ProcessLease lease) {
        this.path = path;
        this.calls = calls;
        this.lease = lease;
    }

    String path() {
        return path;
    }

    void publish(String json, Deadline deadline) {
        for (int attempt = 1; ; attempt++) {
            Lease mine = lease.needed(deadline);
            Published wanted = new Published(json, mine.id());
            if (published.equals(wanted)) {
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
        published = NOTHING; // until it is answered nobody knows
        calls.repeatable("/v3/kv/put", Txn.putBody(path, wanted.json(), wanted.lease()), deadline);
        published = wanted;
    }

    /// The keys move to another lease.
    void moveTo(Lease next, Deadline deadline) {
        Published last = published;
        if (!last.equals(NOTHING)) {
            put(new Published(last.json(), next.id()), deadline);
        }
    }

    void withdraw(Deadline deadline) {
        published = NOTHING;
        calls.repeatable("/v3/kv/deleterange", Txn.keyBody(path), deadline);
    }

    /// Somebody looked: when the key is not as this process left it, the next publishing writes.
    void seen(Optional<KeyValue> key) {
        Published last = published;
        boolean same =
                key.filter(k -> k.lease().equals(last.lease()) && k.value().equals(last.json()))
                        .isPresent();
        if (!same) {
            published = NOTHING;
        }
    }
}
