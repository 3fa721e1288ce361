package io.toomai.dcs.zookeeper;

import io.toomai.core.model.MonoTime;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.RenewalSightings;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps one session open: a new one when the old is over, a new handle on the same session when
/// the own server is back before ZooKeeper's client notices (it sleeps up to two seconds between
/// tries). Owns the watch on the scope; renewals it hears go straight to their record. Thread-safe;
/// listeners run on the client's event thread.
final class ZooKeeperSession {
    private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperSession.class);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

    private final ZooKeeperSettings settings;
    private final Scope scope;
    private final RenewalSightings renewals;
    private final String who;
    private final List<Consumer<DcsEvent>> listeners = new CopyOnWriteArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by lock.
    private Connection current;
    private Duration wantedTtl;
    private Duration grantedTtl;
    private long lastOver;
    private Life life = Life.OPEN;

    private enum Life {
        OPEN,
        CLOSED
    }

    private enum Phase {
        CONNECTING,
        CONNECTED,
        OVER
    }

    ZooKeeperSession(ZooKeeperSettings settings, Scope scope, RenewalSightings renewals) {
        this.settings = settings;
        this.scope = scope;
        this.renewals = renewals;
        this.wantedTtl = settings.ttl();
        this.grantedTtl = wantedTtl;
        this.who = "ZooKeeper " + settings.connectString() + " (member " + settings.member() + ")";
        lock.lock();
        try {
            current = Connection.fresh(this, wantedTtl);
        } finally {
            lock.unlock();
        }
    }

    /// One handle, its attachment and what is known of its connection. Phase guarded by the lock.
    private static final class Connection implements Watcher {
        private final ZooKeeperSession keeper;
        private final Attachment attachment;
        private Phase phase = Phase.CONNECTING;

        /// What makes the handle; it may call the watcher before it returns.
        private interface Opening {
            ClientHandle open(Watcher watcher) throws IOException;
        }

        private Connection(
                ZooKeeperSession keeper, Activity activity, Duration ttl, Opening opening) {
            this.keeper = keeper;
            // The caller holds the lock, so an event of the new handle waits until all is in place.
            try {
                this.attachment = new Attachment(opening.open(this), activity, ttl, keeper.who);
            } catch (IOException e) {
                throw new DcsException(
                        Code.DCS_CONNECTION, keeper.who + ": no client could be made", e);
            }
        }

        static Connection fresh(ZooKeeperSession keeper, Duration ttl) {
            Activity activity = new Activity(Deadline.now(), keeper.settings.activityLag());
            return new Connection(
                    keeper,
                    activity,
                    ttl,
                    watcher -> new ClientHandle(keeper.settings.connectString(), ttl, watcher));
        }

        static Connection onSessionOf(Connection old) {
            Duration ttl = old.attachment.requestedTtl();
            ZooKeeper session = old.attachment.handle();
            return new Connection(
                    old.keeper,
                    old.attachment.activity(),
                    ttl,
                    watcher ->
                            new ClientHandle(
                                    old.keeper.settings.connectString(), session, ttl, watcher));
        }

        @Override
        public void process(WatchedEvent event) {
            if (event.getType() == Event.EventType.None) {
                keeper.connectionChanged(this, event.getState());
            } else if (event.getPath() != null) {
                keeper.moved(event.getPath(), event.getZxid());
            }
        }
    }

    void listen(Consumer<DcsEvent> listener) {
        listeners.add(listener);
    }

    /// @param zxid the transaction that did it, hence the node's mzxid; servers before 3.9 do not
    ///   say it, and renewals are then seen by reads alone
    private void moved(String path, long zxid) {
        if (path.equals(scope.heartbeat()) && zxid != WatchedEvent.NO_ZXID) {
            renewals.heard(zxid);
        }
        scope.eventOf(path).ifPresent(this::tell);
    }

    private void tell(DcsEvent event) {
        for (Consumer<DcsEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException e) {
                // A listener's fault must not end ZooKeeper's event thread.
                LOG.error("{}: a listener of {} failed", who, event, e);
            }
        }
    }

    private void connectionChanged(Connection connection, Watcher.Event.KeeperState state) {
        boolean mine;
        lock.lock();
        try {
            connection.phase =
                    switch (state) {
                        case SyncConnected -> Phase.CONNECTED;
                        case Expired, AuthFailed, Closed -> Phase.OVER;
                        default -> Phase.CONNECTING; // ZooKeeper's enum, not ours
                    };
            mine = connection == current && life == Life.OPEN;
            if (mine && connection.phase == Phase.OVER) {
                LOG.warn(
                        "{}: the session is over ({}); leader and member key of this process are"
                                + " gone, a new session is opened",
                        who,
                        state);
                lastOver = connection.attachment.session();
                current = Connection.fresh(this, wantedTtl);
            }
            if (mine && connection.phase == Phase.CONNECTED) {
                grantedTtl = connection.attachment.negotiatedTtl();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (connection.phase == Phase.CONNECTED) {
            arm(connection);
        }
        if (mine) {
            tell(DcsEvent.CONNECTION_CHANGED);
        }
    }

    /// Adding the watch again to a handle that has it changes nothing.
    private void arm(Connection connection) {
        connection
                .attachment
                .handle()
                .addWatch(
                        scope.base(),
                        connection,
                        AddWatchMode.PERSISTENT_RECURSIVE,
                        (rc, path, _) -> {
                            if (rc != 0) {
                                LOG.debug("{}: no watch on {}: {}", who, path, rc);
                            }
                        },
                        null);
    }

    /// The attachment with a living connection; waits for one.
    Attachment connected(Deadline deadline) {
        lock.lock();
        try {
            while (life == Life.OPEN && current.phase != Phase.CONNECTED) {
                long left = deadline.remainingNanos();
                if (left == 0) {
                    throw new DcsException(
                            Code.DCS_CONNECTION,
                            who + ": no connection to a server with a majority; trying on");
                }
                changed.awaitNanos(left);
            }
            if (life == Life.CLOSED) {
                throw new DcsException(Code.DCS_CONNECTION, who + ": closed by this process");
            }
            return current.attachment;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DcsException(Code.DCS_TIMEOUT, who + ": interrupted while connecting", e);
        } finally {
            lock.unlock();
        }
    }

    /// Waits until that attachment is no longer the one to use, or its connection is back.
    ///
    /// @return false when the deadline came first
    boolean awaitChange(Attachment broken, Deadline deadline) {
        lock.lock();
        try {
            while (life == Life.OPEN
                    && current.attachment == broken
                    && current.phase == Phase.CONNECTED
                    && broken.handle().getState() != ZooKeeper.States.CONNECTED
                    && !deadline.isOver()) {
                changed.awaitNanos(deadline.remainingNanos());
            }
            return !deadline.isOver();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /// The server is serving again: if the handle has not noticed, another one takes its session
    /// now.
    void reconnectNow() {
        Connection old;
        lock.lock();
        try {
            if (life == Life.CLOSED || current.phase != Phase.CONNECTING) {
                return;
            }
            old = current;
            current =
                    old.attachment.session() == 0
                            ? Connection.fresh(this, wantedTtl)
                            : Connection.onSessionOf(old);
        } finally {
            lock.unlock();
        }
        old.attachment.handle().abandon();
    }

    void wantTtl(Duration ttl) {
        lock.lock();
        try {
            wantedTtl = ttl;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    Duration wantedTtl() {
        lock.lock();
        try {
            return wantedTtl;
        } finally {
            lock.unlock();
        }
    }

    /// What the last server granted; while reconnecting still that.
    Duration grantedTtl() {
        lock.lock();
        try {
            return grantedTtl;
        } finally {
            lock.unlock();
        }
    }

    /// The latest session of this process that the store declared over; 0 when none was.
    long lastOver() {
        lock.lock();
        try {
            return lastOver;
        } finally {
            lock.unlock();
        }
    }

    /// A second session beside the current one, already connected. The caller adopts or closes it.
    Successor openSuccessor(Deadline deadline) {
        lock.lock();
        try {
            Connection next = Connection.fresh(this, wantedTtl);
            while (next.phase == Phase.CONNECTING && !deadline.isOver()) {
                changed.awaitNanos(deadline.remainingNanos());
            }
            if (next.phase != Phase.CONNECTED || life == Life.CLOSED) {
                closeAside(next);
                throw new DcsException(Code.DCS_CONNECTION, who + ": no second session");
            }
            return new Successor(next);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DcsException(Code.DCS_TIMEOUT, who + ": interrupted while connecting", e);
        } finally {
            lock.unlock();
        }
    }

    /// A session that may take the place of the current one.
    final class Successor {
        private final Connection connection;

        private Successor(Connection connection) {
            this.connection = connection;
        }

        Attachment attachment() {
            return connection.attachment;
        }

        /// From now on calls use this session; the old one is ended.
        void adopt() {
            Connection old;
            lock.lock();
            try {
                old = current;
                current = connection;
                grantedTtl = connection.attachment.negotiatedTtl();
                changed.signalAll();
            } finally {
                lock.unlock();
            }
            closeAside(old);
            tell(DcsEvent.CONNECTION_CHANGED);
        }

        void close() {
            closeAside(connection);
        }
    }

    private static void closeAside(Connection connection) {
        Thread.ofVirtual()
                .name("zookeeper-close")
                .start(() -> closeHandle(connection.attachment.handle()));
    }

    private static void closeHandle(ZooKeeper handle) {
        try {
            handle.close(Math.toIntExact(CLOSE_PATIENCE.toMillis()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits until the session may need care: a moment passed, or something changed.
    boolean pause(Duration duration) {
        Deadline end = Deadline.in(duration);
        lock.lock();
        try {
            while (life == Life.OPEN && !end.isOver()) {
                changed.awaitNanos(end.remainingNanos());
            }
            return life == Life.OPEN;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /// Ends the session, or stops without ending it. At most two seconds.
    void close(Ending ending) {
        Connection last;
        MonoTime until = Deadline.now().plus(CLOSE_PATIENCE);
        lock.lock();
        try {
            if (life == Life.CLOSED) {
                return;
            }
            life = Life.CLOSED;
            last = current;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        switch (ending) {
            case ABANDON_SESSION -> last.attachment.handle().abandon();
            case END_SESSION -> {
                // The client waits for its answer without a limit when it is not connected.
                Thread closing =
                        Thread.ofVirtual()
                                .name("zookeeper-close")
                                .start(() -> closeHandle(last.attachment.handle()));
                try {
                    closing.join(until.since(Deadline.now()));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /// What becomes of the session at the end.
    enum Ending {
        END_SESSION,
        /// As when the process is killed; for tests.
        ABANDON_SESSION
    }
}
