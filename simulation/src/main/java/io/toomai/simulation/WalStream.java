package io.toomai.simulation;

import io.toomai.core.ha.SyncNames;
import io.toomai.core.ha.WalSender;
import io.toomai.core.model.Lsn;
import java.util.List;
import java.util.Optional;

/// One replication connection: WAL one way, confirmations the other, both with delays.
final class WalStream {
    private final World world;
    private final ModelPostgres upstream;
    private final ModelPostgres standby;
    private WalRecord sent;
    private WalRecord flushed;
    private WalRecord confirmed;
    private boolean hungUp;
    private long lastAnswer;
    private boolean busy;
    private boolean open = true;

    WalStream(World world, ModelPostgres upstream, ModelPostgres standby) {
        this.world = world;
        this.upstream = upstream;
        this.standby = standby;
        this.sent = standby.data.head;
        this.flushed = standby.data.head;
        this.confirmed = standby.data.head;
    }

    String standbyName() {
        return standby.name.value();
    }

    long confirmedIndex() {
        return confirmed.index();
    }

    boolean hasSent(WalRecord record) {
        return sent.index() >= record.index();
    }

    void close() {
        open = false;
        upstream.streaming.detach(this);
        standby.streaming.detach(this);
    }

    /// The standby hangs up. What it has confirmed before still arrives, and only then does the
    /// upstream see that it is gone.
    void hangUp() {
        standby.streaming.detach(this);
        hungUp = true;
        long now = world.agenda().now();
        long seen = Math.max(now + world.network().delay(), lastAnswer + 1);
        world.agenda()
                .in(
                        seen - now,
                        () -> {
                            if (open && reaches()) {
                                close();
                            } else {
                                later();
                            }
                        });
    }

    /// Whether anything more can come to the standby by it.
    boolean isTaken() {
        return open && !hungUp;
    }

    /// Sends what the upstream has made durable, if nothing is on its way.
    void pump() {
        if (busy || !open || hungUp || sent == upstream.data.head) {
            return;
        }
        busy = true;
        WalRecord batch = upstream.data.head;
        upstream.process.after(
                world.network().streamDelay(upstream.name.value(), standbyName()),
                () -> {
                    busy = false;
                    if (!reaches()) {
                        later();
                        return;
                    }
                    standby.process.inThisLife(() -> arrive(batch)).run();
                });
    }

    /// A cut connection is noticed after a while, and so is its end that could not be told.
    private void later() {
        world.agenda()
                .in(
                        world.chance().between(500, 3000),
                        () -> {
                            if (open && (hungUp || !reaches())) {
                                close();
                            } else {
                                pump();
                            }
                        });
    }

    /// What is not after what has arrived has arrived with it: a connection keeps its order.
    private void arrive(WalRecord batch) {
        boolean receives = open && !hungUp && standby.run == ModelPostgres.Run.STANDBY;
        if (!receives || hasSent(batch)) {
            return;
        }
        sent = batch;
        pump();
        long takes = standby.fsync(0);
        if (takes == 0) {
            durable(batch);
        } else {
            standby.process.after(takes, () -> durable(batch));
        }
    }

    /// What is not after what is durable became durable with it. A process that stood still learns
    /// of both late, in whatever order.
    private void durable(WalRecord batch) {
        boolean receives = open && !hungUp && standby.run == ModelPostgres.Run.STANDBY;
        if (receives && flushed.index() < batch.index()) {
            flushed = batch;
            standby.streaming.received(batch);
            answer(batch);
        }
    }

    /// Answers keep their order.
    private void answer(WalRecord batch) {
        long now = world.agenda().now();
        lastAnswer = Math.max(lastAnswer, now + world.network().delay());
        world.agenda()
                .in(
                        lastAnswer - now,
                        () -> {
                            if (open && reaches()) {
                                upstream.process.inThisLife(() -> confirm(batch)).run();
                            }
                        });
    }

    private void confirm(WalRecord batch) {
        if (open && confirmed.index() < batch.index()) {
            confirmed = batch;
            upstream.commits.release();
        }
    }

    private boolean reaches() {
        return world.network().reaches(upstream.name.value(), standby.name.value());
    }

    WalSender row(String syncNames) {
        List<String> names = SyncNames.parse(syncNames);
        boolean sync = names.contains(standbyName()) || (names.isEmpty() && !syncNames.isEmpty());
        Optional<Lsn> flushed = Optional.of(confirmed.end());
        return new WalSender(
                "replicator",
                standbyName(),
                "",
                "streaming",
                sync ? (syncNames.startsWith("ANY") ? "quorum" : "sync") : "async",
                sync ? 1 : 0,
                flushed,
                flushed,
                flushed);
    }
}
