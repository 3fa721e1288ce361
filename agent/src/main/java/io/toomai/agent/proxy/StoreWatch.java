package io.toomai.agent.proxy;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsException;
import io.toomai.proxy.route.Epoch;
import io.toomai.proxy.route.Picture;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings pictures of the cluster from the store: at once when the leader changes, and every now
/// and then for what members tell of themselves. While the store cannot be read it brings none, so
/// that the last one stays in force. Has a virtual thread of its own until it is closed.
final class StoreWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StoreWatch.class);

    /// How old what is known of replicas may be.
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final Dcs dcs;
    private final Consumer<ClusterView> audience;
    private final Consumer<Picture> receiver;
    private final Thread thread;
    private Epoch last = Epoch.NONE;
    private Sight sight = Sight.CLEAR;
    private boolean urgent;

    /// Whether the store could be read.
    private enum Sight {
        CLEAR,
        GONE
    }

    /// @param audience sees what was read, before the picture of it goes to the receiver
    StoreWatch(Dcs dcs, Consumer<ClusterView> audience, Consumer<Picture> receiver) {
        this.dcs = dcs;
        this.audience = audience;
        this.receiver = receiver;
        this.thread = Thread.ofVirtual().name("proxy-store-watch").unstarted(this::run);
    }

    void start() {
        dcs.watch(this::changed);
        thread.start();
    }

    private void changed(DcsEvent event) {
        switch (event) {
            case LEADER_CHANGED, CONNECTION_CHANGED -> hurry();
            case SYNC_CHANGED,
                    MEMBERS_CHANGED,
                    STATUS_CHANGED,
                    CONFIG_CHANGED,
                    FAILOVER_CHANGED -> {}
        }
    }

    private synchronized void hurry() {
        urgent = true;
        notifyAll();
    }

    private void run() {
        try {
            while (!Thread.interrupted()) {
                look();
                pause();
            }
        } catch (InterruptedException _) {
            // Closed.
        }
    }

    private void look() {
        try {
            ClusterView view = dcs.read(Dcs.ReadMode.LOCAL, PATIENCE);
            audience.accept(view);
            Picture picture = StorePicture.of(view, last);
            last = picture.epoch();
            sight = Sight.CLEAR;
            receiver.accept(picture);
        } catch (DcsException e) {
            if (sight == Sight.CLEAR) {
                sight = Sight.GONE;
                log.warn(
                        "proxy: the store cannot be read, clients are led by what it said last"
                                + " reason={} code={}",
                        e.getMessage(),
                        e.code());
            }
        }
    }

    private synchronized void pause() throws InterruptedException {
        MonoTime start = new MonoTime(System.nanoTime());
        Duration left = PAUSE;
        while (!urgent && left.isPositive()) {
            wait(left.toMillis() + 1);
            left = PAUSE.minus(new MonoTime(System.nanoTime()).since(start));
        }
        urgent = false;
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
