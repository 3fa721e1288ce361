package io.toomai.simulation;

import io.toomai.core.cluster.History;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.Timeline;
import java.util.List;
import java.util.Optional;

/// One record of write-ahead log. It knows the one before it, so the last record is the whole
/// history of a server, and "is a prefix of" can be asked.
final class WalRecord {
    /// One timeline: its number and the ends of those before it. Two servers can make the same
    /// number twice; then these are two objects.
    record Branch(Timeline timeline, List<History.Line> history) {
        static final Branch FIRST = new Branch(new Timeline(1), List.of());

        Branch next(Lsn switchpoint, String leader) {
            History.Line line =
                    new History.Line(
                            timeline,
                            switchpoint,
                            "no recovery target specified",
                            Optional.empty(),
                            Optional.of(leader));
            return new Branch(
                    new Timeline(timeline.number() + 1),
                    java.util.stream.Stream.concat(
                                    history.stream(), java.util.stream.Stream.of(line))
                            .toList());
        }
    }

    private final Optional<WalRecord> before;
    private final long index;
    private final Lsn start;
    private final Lsn end;
    private final Branch branch;

    private WalRecord(Optional<WalRecord> before, long size, Branch branch) {
        this.before = before;
        this.index = before.map(r -> r.index + 1).orElse(0L);
        this.start = before.map(r -> r.end).orElse(new Lsn(0x1000000));
        this.end = start.plus(size);
        this.branch = branch;
    }

    static WalRecord first() {
        return new WalRecord(Optional.empty(), 1000, Branch.FIRST);
    }

    WalRecord then(long size, Branch on) {
        return new WalRecord(Optional.of(this), size, on);
    }

    Lsn start() {
        return start;
    }

    Lsn end() {
        return end;
    }

    long index() {
        return index;
    }

    Branch branch() {
        return branch;
    }

    Timeline timeline() {
        return branch.timeline();
    }

    /// Whether this record is `later` or one before it.
    boolean isIn(WalRecord later) {
        return later.index >= index && later.backTo(index) == this;
    }

    /// The last record that both have.
    WalRecord common(WalRecord other) {
        WalRecord a = index <= other.index ? this : backTo(other.index);
        WalRecord b = other.index <= index ? other : other.backTo(index);
        while (a != b) {
            a = a.before.orElseThrow();
            b = b.before.orElseThrow();
        }
        return a;
    }

    /// The record `count` before this one, or the first.
    WalRecord back(long count) {
        return backTo(Math.max(0, index - count));
    }

    private WalRecord backTo(long wanted) {
        WalRecord r = this;
        while (r.index > wanted) {
            r = r.before.orElseThrow();
        }
        return r;
    }
}
