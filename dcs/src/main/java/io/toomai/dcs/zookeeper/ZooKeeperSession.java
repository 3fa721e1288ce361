package io.toomai.dcs.zookeeper;

import io.toomai.core.model.MonoTime;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.RenewalSightings;
import io.toomai.dcs.zookeeper.ClientHandle.Plan;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps one session open: a new one when the old is over, a new handle on the same session when
/// there is a server to go to before ZooKeeper's client does (it sleeps up to two seconds between
/// tries, and bears a silent server for two thirds of the session). That is the own voter when it
/// says that it serves again, and any other server at once when the one before is gone or silent.
/// Owns the watch on the scope; renewals it hears go straight to their record. Thread-safe;
/// listeners run on the client's event thread.
final class ZooKeeperSession {
    private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperSession.class);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

    /// Between two servers that cannot be reached; the first change is made at once.
    private static final Duration NEXT_SERVER = Duration.ofMillis(250);

    /// Between two attempts with credentials that were refused.
    private static final Duration NEXT_LOGIN = Duration.ofSeconds(1);

    private final ZooKeeperSettings settings;
    private final Scope scope;
    private final HeartbeatLook heartbeats;
    private final String who;
    private final List<Consumer<DcsEvent>> listeners = new CopyOnWriteArrayList<>();
    private volatile Welcome welcome;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by lock.
    private Connection current;
    private Duration wantedTtl;
    private Duration grantedTtl;
    private long lastOver;
    private int turn;
    private MonoTime replaced = Deadline.now().minus(NEXT_LOGIN);
    private Life life = Life.OPEN;

    private enum Life {
        OPEN,
        CLOSED
    }

    /// When a new connection counts: with its first answer where a login is shown or was wanted.
    private enum Welcome {
        AT_ONCE,
        WITH_AN_ANSWER
    }

    ZooKeeperSession(ZooKeeperSettings settings, Scope scope, RenewalSightings renewals) {
        this.settings = settings;
        this.scope = scope;
        this.welcome =
                settings.access().logins().isEmpty() ? Welcome.AT_ONCE : Welcome.WITH_AN_ANSWER;
        this.heartbeats = new HeartbeatLook(scope.heartbeat(), renewals);
        this.wantedTtl = settings.servers().session(settings.ttl());
        this.grantedTtl = wantedTtl;
        this.who =
                "ZooKeeper "
                        + settings.servers().connectString()
                        + " (member "
                        + settings.member()
                        + ")";
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
                this.attachment =
                        new Attachment(
                                opening.open(this), activity, ttl, keeper.settings, keeper.who);
            } catch (IOException e) {
                throw new DcsException(
                        Code.DCS_CONNECTION, keeper.who + ": no client could be made", e);
            }
        }

        static Connection fresh(ZooKeeperSession keeper, Duration ttl) {
            Duration lag = keeper.settings.servers().activityLag();
            Plan plan = new Plan(keeper.settings, ttl, keeper.nextFirst());
            return new Connection(
                    keeper,
                    new Activity(Deadline.now(), lag),
                    ttl,
                    watcher -> new ClientHandle(plan, watcher));
        }

        static Connection onSessionOf(Connection old) {
            Duration ttl = old.attachment.requestedTtl();
            Plan plan = new Plan(old.keeper.settings, ttl, old.keeper.nextFirst());
            ZooKeeper session = old.attachment.handle();
            return new Connection(
                    old.keeper,
                    old.attachment.activity(),
                    ttl,
                    watcher -> new ClientHandle(plan, session, watcher));
        }

        @Override
        public void process(WatchedEvent event) {
            if (event.getType() == Event.EventType.None) {
                keeper.connectionChanged(this, event.getState());
            } else if (event.getPath() != null) {
                keeper.moved(this, event.getPath(), event.getZxid());
            }
        }
    }

    void listen(Consumer<DcsEvent> listener) {
        listeners.add(listener);
    }

    private void moved(Connection connection, String path, long zxid) {
        if (path.equals(scope.heartbeat())) {
            heartbeats.moved(connection.attachment.handle(), zxid);
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
        boolean isConnected = state == Watcher.Event.KeeperState.SyncConnected;
        boolean mine =
                enter(
                        connection,
                        switch (state) {
                            case SyncConnected ->
                                    switch (welcome) {
                                        case AT_ONCE -> Phase.CONNECTED;
                                        case WITH_AN_ANSWER -> Phase.CONNECTING;
                                    };
                            case Expired, Closed -> Phase.OVER;
                            case AuthFailed -> Phase.DENIED;
                            default -> Phase.LOST; // ZooKeeper's enum, not ours
                        });
        if (isConnected) {
            arm(connection);
        }
        if (mine) {
            tell(DcsEvent.CONNECTION_CHANGED);
        }
    }

    /// @return whether that is the connection in use
    private boolean enter(Connection connection, Phase next) {
        lock.lock();
        try {
            connection.phase = connection.phase.followedBy(next);
            boolean mine = connection == current && life == Life.OPEN;
            if (mine && next == Phase.OVER) {
                LOG.warn(
                        "{}: the session is over; leader and member key of this process are gone,"
                                + " a new session is opened",
                        who);
                lastOver = connection.attachment.session();
                current = Connection.fresh(this, wantedTtl);
            }
            if (mine && next == Phase.CONNECTED) {
                grant(connection.attachment);
            }
            changed.signalAll();
            return mine;
        } finally {
            lock.unlock();
        }
    }

    /// With the lock held.
    private void grant(Attachment attachment) {
        Duration granted = attachment.negotiatedTtl();
        if (!granted.equals(grantedTtl) && !granted.equals(attachment.requestedTtl())) {
            LOG.warn(
                    "{}: asked for a session of {}, got {}, which counts from now on: the server's"
                            + " minSessionTimeout and maxSessionTimeout bound it",
                    who,
                    attachment.requestedTtl(),
                    granted);
        }
        grantedTtl = granted;
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
                        (rc, _, _) -> armed(connection, KeeperException.Code.get(rc)),
                        null);
    }

    /// The first answer on a connection tells whether the server goes by who this process is: the
    /// logins, which are sent before, were accepted, or it wants one where none was shown.
    private void armed(Connection connection, KeeperException.@Nullable Code code) {
        switch (code) {
            case CONNECTIONLOSS, SESSIONEXPIRED, AUTHFAILED -> {
                return; // an event says the same
            }
            case SESSIONCLOSEDREQUIRESASLAUTH -> {
                welcome = Welcome.WITH_AN_ANSWER;
                if (enter(connection, Phase.DENIED)) {
                    tell(DcsEvent.CONNECTION_CHANGED);
                }
                return;
            }
            case OK -> {}
            case null, default -> // ZooKeeper's enum, not ours
                    LOG.warn(
                            "{}: no watch on {} ({}): changes are seen by reads alone; servers"
                                    + " before ZooKeeper 3.6 have none",
                            who,
                            scope.base(),
                            code);
        }
        if (welcome == Welcome.WITH_AN_ANSWER && enter(connection, Phase.CONNECTED)) {
            tell(DcsEvent.CONNECTION_CHANGED);
        }
    }

    /// The attachment with a living connection; waits for one.
    Attachment connected(Deadline deadline) {
        lock.lock();
        try {
            while (life == Life.OPEN && current.phase != Phase.CONNECTED) {
                long left = deadline.remainingNanos();
                if (left == 0 || current.phase == Phase.DENIED) {
                    throw notConnected(current.phase);
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

    private DcsException notConnected(Phase phase) {
        ZooKeeperServers servers = settings.servers();
        return phase == Phase.DENIED
                ? new DcsException(
                        Code.DCS_DENIED, who + ": " + servers.whyDenied() + "; trying on")
                : new DcsException(
                        Code.DCS_CONNECTION, who + ": " + servers.whyAway() + "; trying on");
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
            if (life == Life.CLOSED || !current.phase.mayStillConnect()) {
                return;
            }
            old = replace();
        } finally {
            lock.unlock();
        }
        old.attachment.abandon();
    }

    /// That attachment's server has been silent for too long: the next one takes the session. Does
    /// nothing when that has happened already.
    void leaveServer(Attachment silent, Duration silence) {
        Connection old;
        lock.lock();
        try {
            if (life == Life.CLOSED
                    || current.attachment != silent
                    || current.phase != Phase.CONNECTED) {
                return;
            }
            LOG.warn("{}: no answer for {}; going on at the next server", who, silence);
            old = replace();
        } finally {
            lock.unlock();
        }
        old.attachment.abandon();
    }

    /// Goes to the next server whenever a connection is lost, and shows refused credentials again.
    /// Runs until the end.
    void keepReconnecting() {
        while (awaitLoss()) {
            Connection old;
            lock.lock();
            try {
                if (life == Life.CLOSED || !isLost(current)) {
                    continue;
                }
                old = replace();
            } catch (DcsException e) {
                LOG.warn("{}", e.getMessage());
                continue;
            } finally {
                lock.unlock();
            }
            old.attachment.abandon();
        }
    }

    /// Waits until the connection is lost, and the pause since the last change is over.
    ///
    /// @return false at the end
    private boolean awaitLoss() {
        lock.lock();
        try {
            while (life == Life.OPEN) {
                Duration pause = current.phase == Phase.DENIED ? NEXT_LOGIN : NEXT_SERVER;
                long left = new Deadline(replaced.plus(pause)).remainingNanos();
                if (!isLost(current)) {
                    changed.await();
                } else if (left > 0) {
                    changed.awaitNanos(left);
                } else {
                    return true;
                }
            }
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private boolean isLost(Connection connection) {
        return switch (connection.phase) {
            case DENIED -> true;
            case LOST -> settings.servers().nearness().isOneOfEquals();
            case CONNECTING, CONNECTED, OVER -> false;
        };
    }

    /// A new handle on the same session, at the next server. With the lock held; the caller
    /// abandons the old one.
    private Connection replace() {
        Connection old = current;
        replaced = Deadline.now();
        current =
                old.attachment.session() == 0
                        ? Connection.fresh(this, wantedTtl)
                        : Connection.onSessionOf(old);
        changed.signalAll();
        return old;
    }

    /// With the lock held.
    private int nextFirst() {
        return settings.servers().nearness().isOneOfEquals() ? turn++ : 0;
    }

    void wantTtl(Duration ttl) {
        lock.lock();
        try {
            wantedTtl = settings.servers().session(ttl);
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
            while (next.phase.mayStillConnect() && !deadline.isOver()) {
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
                grant(connection.attachment);
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
            case ABANDON_SESSION -> last.attachment.abandon();
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
