package io.toomai.simulation;

import io.toomai.core.ha.SyncNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/// The commits of one server's clients: they write WAL, and wait until the synchronous standbys
/// have it too.
final class ModelCommits {
    private final World world;
    private final ModelPostgres server;
    private final ModelDataDirectory data;
    private final Chance chance;

    private String syncNames = "";

    /// Who must confirm by that parameter; empty for `*`.
    private List<String> names = List.of();

    private int needed;
    private final List<WalRecord> waiting = new ArrayList<>();
    private long orphansUntil;

    ModelCommits(World world, ModelPostgres server) {
        this.world = world;
        this.server = server;
        this.data = server.data;
        this.chance = world.chance();
    }

    void commit() {
        if (server.run == ModelPostgres.Run.DOWN
                && world.agenda().now() < orphansUntil
                && !server.process.isFrozen()
                && syncNames.isEmpty()) {
            // A backend that has outlived its postmaster goes on until it looks up.
            data.reached(data.head.then(chance.between(100, 8000), data.head.branch()));
            world.checker().acknowledged(server, data.head);
        }
        if (!server.acceptsWrites()) {
            return;
        }
        data.written = data.written.then(chance.between(100, 8000), data.written.branch());
        WalRecord mine = data.written;
        server.process.after(
                server.fsync(chance.delay(4, 800, 200)), () -> server.onDisk(() -> flush(mine)));
    }

    private void flush(WalRecord mine) {
        if (server.run != ModelPostgres.Run.PRIMARY && server.run != ModelPostgres.Run.STOPPING) {
            return;
        }
        if (data.head.index() < mine.index()) {
            data.head = mine;
        }
        server.streaming.pump();
        waiting.add(mine);
        release();
    }

    /// Confirms what may be confirmed under the parameter that is in force now. To be asked again
    /// when a standby has flushed more.
    void release() {
        if (waiting.isEmpty() || !server.acceptsWrites()) {
            return;
        }
        long limit = confirmed();
        waiting.removeIf(record -> {
            if (record.index() > limit) {
                return false;
            }
            world.checker().acknowledged(server, record);
            return true;
        });
    }

    /// The index up to which all synchronous standbys have flushed.
    private long confirmed() {
        if (syncNames.isEmpty()) {
            return data.head.index();
        }
        if (names.isEmpty()) {
            return flushed("");
        }
        long[] reached = new long[names.size()];
        for (int i = 0; i < reached.length; i++) {
            reached[i] = flushed(names.get(i));
        }
        Arrays.sort(reached);
        return reached[reached.length - needed];
    }

    /// What this standby has confirmed, or without a name the first of all.
    private long flushed(String standby) {
        long flushed = -1;
        for (WalStream stream : server.streaming.senders()) {
            if (standby.isEmpty() || stream.standbyName().equals(standby)) {
                flushed = Math.max(flushed, stream.confirmedIndex());
            }
        }
        return flushed;
    }

    /// Whether a commit begun now could be confirmed without anything else happening first.
    boolean couldConfirm() {
        if (!server.acceptsWrites() || server.trouble().isPresent() || syncNames.isEmpty()) {
            return server.acceptsWrites() && server.trouble().isEmpty();
        }
        Predicate<String> taking =
                n ->
                        server.streaming.senders().stream()
                                .anyMatch(s -> s.isTaken() && s.standbyName().equals(n));
        return names.isEmpty()
                ? server.streaming.senders().stream().anyMatch(WalStream::isTaken)
                : names.stream().filter(taking).count() >= needed;
    }

    String syncNames() {
        return syncNames;
    }

    void setSyncNames(String parameter) {
        syncNames = parameter;
        names = SyncNames.parse(parameter);
        needed = SyncNames.count(parameter);
        release();
    }

    /// No client gets an answer any more.
    void forget() {
        waiting.clear();
    }

    /// Backends have outlived their postmaster and write until this moment.
    void orphansWriteUntil(long moment) {
        orphansUntil = moment;
    }

    void endOrphans() {
        orphansUntil = 0;
    }
}
