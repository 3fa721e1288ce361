package io.toomai.dcs.zookeeper;

import io.toomai.dcs.RenewalSightings;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.zookeeper.AsyncCallback.StatCallback;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.ZooKeeper;

/// Hears renewals on one connection. Servers from 3.9 on tell which transaction an event is of, and
/// that is the renewal. Older ones tell only that there was one: then the znode is looked at. One
/// look is under way at most; what happens meanwhile leads to one more.
///
/// The moment that counts is after the answer, so it is never earlier than the renewal; it may be
/// late, and then the leader looks more alive than it is. Never blocks; thread-safe.
final class HeartbeatLook {
    private final String path;
    private final RenewalSightings renewals;
    private final AtomicReference<Looking> looking = new AtomicReference<>(Looking.NOT);

    private enum Looking {
        NOT,
        ONCE,
        ONCE_MORE
    }

    HeartbeatLook(String path, RenewalSightings renewals) {
        this.path = path;
        this.renewals = renewals;
    }

    /// The heartbeat moved.
    ///
    /// @param zxid the transaction that did it
    void moved(ZooKeeper at, long zxid) {
        if (zxid != WatchedEvent.NO_ZXID) {
            renewals.heard(zxid);
            return;
        }
        Looking before =
                looking.getAndUpdate(l -> l == Looking.NOT ? Looking.ONCE : Looking.ONCE_MORE);
        if (before == Looking.NOT) {
            look(at);
        }
    }

    private void look(ZooKeeper at) {
        StatCallback answer =
                (rc, _, _, stat) -> {
                    if (rc == 0 && stat != null) {
                        renewals.heard(stat.getMzxid());
                    }
                    Looking before =
                            looking.getAndUpdate(
                                    l -> l == Looking.ONCE_MORE ? Looking.ONCE : Looking.NOT);
                    if (before == Looking.ONCE_MORE) {
                        look(at);
                    }
                };
        at.exists(path, false, answer, null);
    }
}
