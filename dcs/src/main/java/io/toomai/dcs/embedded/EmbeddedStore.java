package io.toomai.dcs.embedded;

import io.toomai.dcs.DcsException;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Voter;
import io.toomai.dcs.embedded.StartRecord.Entry;
import io.toomai.dcs.zookeeper.LateDefaultTls;
import io.toomai.settings.HostPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.apache.zookeeper.server.DatadirCleanupManager;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.quorum.QuorumCnxManager;
import org.apache.zookeeper.server.quorum.QuorumPeer;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;
import org.apache.zookeeper.server.quorum.flexible.QuorumVerifier;
import org.apache.zookeeper.util.ServiceUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One voter of the store, running in this process. It is rebuilt when ZooKeeper gives up; nothing
/// in it may end the process. Thread-safe; two threads of its own beside ZooKeeper's.
///
/// This class must be the first to touch ZooKeeper's server classes: they read their system
/// properties once.
public final class EmbeddedStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedStore.class);
    private static final Duration POLL_SERVING = Duration.ofMillis(100);
    private static final Duration POLL_WAITING = Duration.ofMillis(10);
    private static final Duration REBUILD_PAUSE = Duration.ofSeconds(1);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

    /// Connections to other voters that brought no election to an end for so long may be dead: what
    /// was sent into a cut network is repeated by TCP after up to a minute, long after the cut is
    /// healed. Several times what an election takes.
    private static final Duration STALE_AFTER = Duration.ofSeconds(3);

    /// A peer that claims to lead or follow but serves nobody for so long is broken inside.
    private static final Duration BROKEN_AFTER = Duration.ofSeconds(15);

    /// A member without data that finds nobody who leads asks who is there again.
    private static final Duration ASK_ANEW_AFTER = Duration.ofSeconds(30);

    static {
        LateDefaultTls.install();
        NoBeans.install();
        Admin.install();
        ClientPort.install();
        // A voter without data does not vote unless it founds the store (StoreStart).
        System.setProperty("zookeeper.db.autocreate", "false");
        property("zookeeper.admin.enableServer", "false");
        // A voter has a handful of clients: whoever selects also reads and writes, and whoever
        // commits also answers. Each thread more would be one more wake-up in a takeover.
        property("zookeeper.nio.numSelectorThreads", "1");
        property("zookeeper.nio.numWorkerThreads", "0");
        property("zookeeper.commitProcessor.numWorkerThreads", "0");
        property("zookeeper.preAllocSize", "1024"); // KiB per log file instead of 64 MiB
        property("zookeeper.cnxTimeout", "500"); // a dead peer's SYN, in ms
        // A voter that finds no majority asks again after twice the time, up to a minute by
        // default:
        // a store that was cut apart for a minute would need another one after the cut is healed.
        property("zookeeper.fastleader.maxNotificationInterval", "800"); // ms
        property("zookeeper.jmx.log4j.disable", "true");
        // ZooKeeper calls System.exit when it gives up; the rebuilding below is our answer instead.
        ServiceUtils.setSystemExitProcedure(ServiceUtils.LOG_ONLY);
    }

    private final EmbeddedStoreSettings settings;
    private final StoreFiles files;
    private final StartRecord record;
    private final StoreStart start;
    private final Question question;
    private final DatadirCleanupManager purging;
    private final List<Runnable> servingListeners = new CopyOnWriteArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread runner;
    private final Thread watcher;
    private volatile Peer peer = new Peer();
    private volatile Thread admission = Thread.ofPlatform().unstarted(() -> {});

    private volatile Stage stage = Stage.STARTING;
    private volatile Wish wish = Wish.NONE;
    private volatile Optional<StoreControl> control = Optional.empty();
    private long compared = -1; // the watcher's own

    // Guarded by lock.
    private Life life = Life.OPEN;
    private Service service = Service.ABSENT;

    private enum Life {
        OPEN,
        CLOSED
    }

    private enum Service {
        ABSENT,
        PRESENT
    }

    private static final Set<StoreState> SEARCHING =
            Set.of(StoreState.LOOKING, StoreState.FOUNDING, StoreState.DOWN);

    private enum Stage {
        STARTING,
        RUNNING
    }

    /// What an operator asked for that the runner has not begun yet.
    private enum Wish {
        NONE,
        ALONE
    }

    /// Waiting for other members ends when nobody wants this one to wait any more.
    private final class UntilClosed implements StoreStart.Patience {
        @Override
        public boolean goesOn() {
            return isOpen() && wish == Wish.NONE;
        }

        @Override
        public void pause(Duration duration) {
            EmbeddedStore.this.pause(duration);
        }
    }

    private EmbeddedStore(EmbeddedStoreSettings settings, StoreFiles files) {
        this.settings = settings;
        this.files = files;
        this.record = new StartRecord(files.directory());
        PeerSockets sockets = PeerSockets.of(settings);
        this.question = new Question(sockets, settings.myId());
        this.start = new StoreStart(settings, files, record, sockets, new UntilClosed());
        this.purging =
                new DatadirCleanupManager(
                        settings.dataDir().toFile(),
                        settings.dataDir().toFile(),
                        StoreFiles.keptSnapshots(),
                        1);
        this.runner = Thread.ofPlatform().daemon().name("store").unstarted(this::run);
        this.watcher = Thread.ofPlatform().daemon().name("store-watch").unstarted(this::watch);
    }

    private static void property(String name, String value) {
        if (System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }

    /// Starts the voter; it serves as soon as a majority is there.
    ///
    /// @throws DcsException with `DCS_EMBEDDED` when a port is taken or the directory is unusable
    public static EmbeddedStore start(EmbeddedStoreSettings settings) {
        Voter me = settings.me();
        HostPort clients = settings.clients().listen();
        requireFree(clients.host(), clients.port(), "client port");
        requireFree(me.host(), me.peerPort(), "peer port");
        requireFree(me.host(), me.electionPort(), "election port");
        StoreFiles files = new StoreFiles(settings);
        files.prepare();
        settings.tls().ifPresent(tls -> QuorumTls.apply(tls, files.directory()));
        ClientPort.demand(settings.clients().password());
        EmbeddedStore store = new EmbeddedStore(settings, files);
        store.purging.start();
        store.runner.start();
        store.watcher.start();
        store.openControl();
        return store;
    }

    private void openControl() {
        try {
            control =
                    Optional.of(
                            StoreControl.open(files.directory(), new StoreOperations(this)::run));
        } catch (IOException e) {
            LOG.warn(
                    "voter {}: toomai store cannot be used on this node: {}; a shorter toomai.store.data_dir may help",
                    settings.myId(),
                    e.getMessage());
        }
    }

    private static void requireFree(String host, int port, String purpose) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getByName(host), port));
        } catch (IOException e) {
            throw new DcsException(
                    DcsException.Code.DCS_EMBEDDED,
                    "the embedded store cannot listen on its %s %s:%d: %s; free it or change it under toomai.store"
                            .formatted(purpose, host, port, e.getMessage()),
                    e);
        }
    }

    /// ZooKeeper's own main class, with a look inside.
    private static final class Peer extends QuorumPeerMain {
        private volatile Optional<QuorumPeer> inside = Optional.empty();

        @Override
        protected QuorumPeer getQuorumPeer() throws javax.security.sasl.SaslException {
            QuorumPeer made = super.getQuorumPeer();
            inside = Optional.of(made);
            return made;
        }

        Optional<QuorumPeer> inside() {
            return inside;
        }
    }

    public StoreState state() {
        return peer.inside()
                .filter(Thread::isAlive)
                .map(inside ->
                        switch (inside.getPeerState()) {
                            case LOOKING -> StoreState.LOOKING;
                            case FOLLOWING -> StoreState.FOLLOWING;
                            case LEADING -> StoreState.LEADING;
                            case OBSERVING -> StoreState.OBSERVING;
                        })
                .orElse(
                        stage == Stage.STARTING && isOpen()
                                ? StoreState.FOUNDING
                                : StoreState.DOWN);
    }

    EmbeddedStoreSettings settings() {
        return settings;
    }

    Question question() {
        return question;
    }

    /// Who belongs to the store, as far as this member knows: what its ZooKeeper goes by, else what
    /// it recorded, else what the settings list.
    Membership membership() {
        Optional<QuorumVerifier> verifier =
                peer.inside().flatMap(inside -> Optional.ofNullable(inside.getQuorumVerifier()));
        if (verifier.isPresent()) {
            return Membership.parse(verifier.get().toString());
        }
        try {
            return files.recorded().orElse(Membership.listed(settings));
        } catch (IOException e) {
            throw files.unusable(e);
        }
    }

    /// Makes this member the only voter, with the data it has; who must not be asked about that any
    /// more is the caller's to know. Returns at once.
    void beginAlone() {
        wish = Wish.ALONE;
        peer.close(); // run() goes on from here
    }

    /// Calls back, on a thread of the store, each time the voter begins to serve clients (again);
    /// at once if it does already. The callback returns at once.
    public void onServing(Runnable listener) {
        servingListeners.add(listener);
        if (server().isPresent()) {
            listener.run();
        }
    }

    /// Waits until clients are served.
    ///
    /// @return false when the time was over first
    public boolean awaitServing(Duration timeout) {
        return await(() -> service == Service.PRESENT, timeout);
    }

    /// Waits until clients are served by this member as the only voter.
    boolean awaitServingAlone(Duration timeout) {
        return await(
                () ->
                        service == Service.PRESENT
                                && wish == Wish.NONE
                                && membership().voters().size() == 1,
                timeout);
    }

    private boolean await(BooleanSupplier fact, Duration timeout) {
        long left = timeout.toNanos();
        lock.lock();
        try {
            while (!fact.getAsBoolean() && life == Life.OPEN && left > 0) {
                // Not every fact is told by a signal.
                long piece = Math.min(left, POLL_SERVING.toNanos());
                left -= piece - Math.max(0, changed.awaitNanos(piece));
            }
            return fact.getAsBoolean();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /// The server that answers clients now; another object after every election.
    private Optional<ZooKeeperServer> server() {
        return peer.inside()
                .filter(Thread::isAlive)
                .filter(inside -> inside.getPeerState() != QuorumPeer.ServerState.LOOKING)
                .filter(inside -> inside.getZabState() == QuorumPeer.ZabState.BROADCAST)
                .flatMap(inside -> Optional.ofNullable(inside.getActiveServer()))
                .filter(ZooKeeperServer::isRunning);
    }

    private void run() {
        while (isOpen()) {
            try {
                Optional<QuorumPeerConfig> config = next();
                if (config.isPresent()) {
                    stage = Stage.RUNNING;
                    peer.runFromConfig(config.get());
                    LOG.debug("voter {}: the peer ended", settings.myId());
                }
            } catch (Exception e) {
                // ZooKeeper declares several and throws more; all mean the same: it does not run.
                LOG.error("voter {}: the embedded store stopped", settings.myId(), e);
            }
            if (isOpen()) {
                LOG.warn("voter {}: rebuilding the embedded store", settings.myId());
                peer.close();
                peer = new Peer();
                stage = Stage.STARTING;
                pause(REBUILD_PAUSE);
            }
        }
    }

    private Optional<QuorumPeerConfig> next() throws IOException {
        if (wish == Wish.ALONE) {
            QuorumPeerConfig alone = start.alone();
            wish = Wish.NONE;
            return Optional.of(alone);
        }
        return start.next();
    }

    /// The member serves: how it came to be is over, or its vote can be asked for.
    private void served() {
        try {
            switch (record.read()) {
                case Entry.Founding _ -> {
                    files.forceData();
                    record.clear();
                }
                case Entry.Joining _ -> {
                    if (!admission.isAlive()) {
                        Admission work = new Admission(settings, record, new UntilClosed());
                        admission =
                                Thread.ofPlatform().daemon().name("store-join").start(work::run);
                    }
                }
                case Entry.None _ -> {}
            }
        } catch (IOException e) {
            LOG.error("voter {}: the file {} is not usable", settings.myId(), record.file(), e);
        }
    }

    /// Says once for each membership what the settings say otherwise.
    private void compare() {
        Optional<QuorumVerifier> recorded =
                server().isPresent() && !admission.isAlive()
                        ? peer.inside().map(QuorumPeer::getQuorumVerifier)
                        : Optional.empty();
        if (recorded.isPresent() && recorded.get().getVersion() != compared) {
            compared = recorded.get().getVersion();
            Membership.differences(membership(), settings)
                    .forEach(sentence -> LOG.warn("voter {}: {}", settings.myId(), sentence));
        }
    }

    private void watch() {
        Optional<ZooKeeperServer> known = Optional.empty();
        Lasting broken = new Lasting(BROKEN_AFTER);
        Lasting disconnected = new Lasting(STALE_AFTER);
        Lasting unled = new Lasting(ASK_ANEW_AFTER);
        while (isOpen()) {
            Optional<ZooKeeperServer> now = server();
            boolean fresh = now.isPresent() && !now.equals(known);
            known = now;
            publish(now.isPresent() ? Service.PRESENT : Service.ABSENT);
            if (fresh) {
                LOG.info("voter {}: serving, {}", settings.myId(), state());
                servingListeners.forEach(this::call);
                served();
            }
            compare();
            // Searching for peers is no fault; claiming to have them and serving nobody is one.
            if (broken.so(now.isEmpty() && !SEARCHING.contains(state()))) {
                LOG.error(
                        "voter {}: {} but not serving for {}; restarting it",
                        settings.myId(),
                        state(),
                        BROKEN_AFTER);
                peer.close(); // run() goes on from here
            }
            if (unled.so(state() == StoreState.LOOKING) && !hasData()) {
                peer.close(); // whom it wanted to join may have moved
            }
            if (disconnected.so(state() == StoreState.LOOKING)) {
                reconnect();
            }
            pause(now.isPresent() ? POLL_SERVING : POLL_WAITING);
        }
    }

    /// Notices what has been so for a while, and begins anew. One thread.
    private static final class Lasting {
        private final Duration limit;
        private long since = System.nanoTime();

        Lasting(Duration limit) {
            this.limit = limit;
        }

        boolean so(boolean now) {
            long moment = System.nanoTime();
            boolean over = now && moment - since > limit.toNanos();
            if (over || !now) {
                since = moment;
            }
            return over;
        }
    }

    /// Also when that cannot be told.
    boolean hasData() {
        try {
            return files.hasData();
        } catch (IOException e) {
            LOG.debug("voter {}: the data cannot be looked at", settings.myId(), e);
            return true;
        }
    }

    /// Drops the connections over which voters elect; the election opens new ones.
    private void reconnect() {
        LOG.debug("voter {}: no majority yet, connecting to the others anew", settings.myId());
        peer.inside()
                .flatMap(inside -> Optional.ofNullable(inside.getQuorumCnxManager()))
                .ifPresent(QuorumCnxManager::softHalt);
    }

    private void call(Runnable listener) {
        try {
            listener.run();
        } catch (RuntimeException e) {
            LOG.error("voter {}: a listener failed", settings.myId(), e);
        }
    }

    private void publish(Service now) {
        lock.lock();
        try {
            if (service != now) {
                service = now;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isOpen() {
        lock.lock();
        try {
            return life == Life.OPEN;
        } finally {
            lock.unlock();
        }
    }

    /// Ends early when the store is closed.
    void pause(Duration duration) {
        long left = duration.toNanos();
        lock.lock();
        try {
            while (life == Life.OPEN && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            // Nobody interrupts these threads but ZooKeeper's own shutdown; the loop's state
            // decides.
            LOG.debug("interrupted", e);
        } finally {
            lock.unlock();
        }
    }

    /// Stops the voter; at most ten seconds. What it promised stays on disk.
    @Override
    public void close() {
        lock.lock();
        try {
            if (life == Life.CLOSED) {
                return;
            }
            life = Life.CLOSED;
            service = Service.ABSENT;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        control.ifPresent(StoreControl::close);
        purging.shutdown();
        Thread closing = Thread.ofPlatform().daemon().name("store-close").start(() -> peer.close());
        try {
            closing.join(CLOSE_PATIENCE);
            TimeUnit.SECONDS.timedJoin(runner, 2);
            TimeUnit.SECONDS.timedJoin(watcher, 1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
