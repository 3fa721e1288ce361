package io.toomai.dcs.consul;

import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.ProcessLease;
import io.toomai.dcs.ProcessLease.Lease;
import io.toomai.dcs.consul.ConsulReply.KeyValue;
import io.toomai.dcs.http.Refusal;
import java.util.List;
import java.util.Optional;

/// This member's own key, held by the session of this process. Remembers what it published so that
/// an unchanged document costs nothing.
final class MemberKey {
    private static final int ATTEMPTS = 3;
    private static final Published NOTHING = new Published("", "");

    private final String path;
    private final ConsulCalls calls;
    private final ProcessLease lease;
    private volatile Published published = NOTHING;

    private record Published(String json, String session) {}

    MemberKey(String path, ConsulCalls calls, ProcessLease lease) {
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
        Txn putting = Txn.of(List.of(), Txn.putUnder(wanted.session(), path, wanted.json()));
        List<KeyValue> _ =
                calls.repeatable(
                        line ->
                                line.commit(putting)
                                        .orElseThrow(() ->
                                                new Refusal(
                                                        Refusal.Kind.UNAVAILABLE,
                                                        "key " + path + " cannot be locked yet")),
                        deadline);
        published = wanted;
    }

    /// The keys move to another session.
    void moveTo(Lease next, Deadline deadline) {
        Published last = published;
        if (!last.equals(NOTHING)) {
            put(new Published(last.json(), next.id()), deadline);
        }
    }

    void withdraw(Deadline deadline) {
        published = NOTHING;
        Txn deleting = new Txn(List.of(Txn.delete(path)));
        Optional<List<KeyValue>> _ = calls.repeatable(line -> line.commit(deleting), deadline);
    }

    /// Somebody looked: when the key is not as this process left it, the next publishing writes.
    void seen(Optional<KeyValue> key) {
        Published last = published;
        boolean same =
                key.filter(k -> k.session().equals(last.session()) && k.value().equals(last.json()))
                        .isPresent();
        if (!same) {
            published = NOTHING;
        }
    }
}
