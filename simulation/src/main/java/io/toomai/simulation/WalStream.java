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
    private WalRecord confirmed;
    private boolean busy;
    private boolean open = true;

    WalStream(World world, ModelPostgres upstream, ModelPostgres standby) {
        this.world = world;
        this.upstream = upstream;
        this.standby = standby;
        this.sent = standby.data.head;
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

    /// Sends what the upstream has made durable, if nothing is on its way.
    void pump() {
        if (busy || !open || sent == upstream.data.head) {
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
                    standby.process.after(0, () -> arrive(batch));
                });
    }

    /// A cut connection is noticed after a while.
    private void later() {
        world.agenda()
                .in(
                        world.chance().between(500, 3000),
                        () -> {
                            if (open && !reaches()) {
                                close();
                            } else {
                                pump();
                            }
                        });
    }

    private void arrive(WalRecord batch) {
        if (!open || standby.run != ModelPostgres.Run.STANDBY) {
            return;
        }
        sent = batch;
        standby.streaming.received(batch);
        standby.process.after(
                world.network().delay(),
                () -> {
                    if (open && reaches()) {
                        upstream.process.after(
                                0,
                                () -> {
                                    if (open && confirmed.index() < batch.index()) {
                                        confirmed = batch;
                                        upstream.commits.release();
                                    }
                                });
                    }
                });
        pump();
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
                sync ? "sync" : "async",
                sync ? 1 : 0,
                flushed,
                flushed,
                flushed);
    }
}
