package io.toomai.cli.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/// What was written and confirmed, by whom, and when writing stood still. Thread-safe; times are of
/// the monotonic clock, in nanoseconds.
final class Ledger {
    /// Shorter pauses are the machine's, not the cluster's.
    private static final Duration SHORTEST = Duration.ofMillis(150);

    private static final int MOST_GAPS = 1000;

    private final BitSet confirmed = new BitSet();
    private final List<Gap> gaps = new ArrayList<>();
    private int next = 1;
    private long lastAt;
    private String lastNode = "";

    /// Writing stood still between two confirmed rows.
    record Gap(String from, String to, long start, long end) {
        Duration length() {
            return Duration.ofNanos(end - start);
        }
    }

    /// The id of the next row to write. Ids of failed writes are not used again.
    synchronized int nextId() {
        return next++;
    }

    synchronized void confirm(String node, int id, long now) {
        confirmed.set(id);
        if (!lastNode.isEmpty() && now - lastAt >= SHORTEST.toNanos() && gaps.size() < MOST_GAPS) {
            gaps.add(new Gap(lastNode, node, lastAt, now));
        }
        lastAt = now;
        lastNode = node;
    }

    /// The first standstill that ended after that moment.
    synchronized Optional<Gap> gapAfter(long moment) {
        return gaps.stream().filter(gap -> gap.end() > moment).findFirst();
    }

    synchronized List<Gap> gapsFrom(int index) {
        return List.copyOf(gaps.subList(Math.min(index, gaps.size()), gaps.size()));
    }

    synchronized int rows() {
        return confirmed.cardinality();
    }

    /// The node that confirmed the latest row; empty before the first.
    synchronized String node() {
        return lastNode;
    }

    /// Time since the latest confirmed row.
    synchronized Duration silence(long now) {
        return lastNode.isEmpty() ? Duration.ZERO : Duration.ofNanos(now - lastAt);
    }

    /// The confirmed ids, as of now.
    synchronized BitSet confirmedIds() {
        return (BitSet) confirmed.clone();
    }

    /// How many confirmed ids are missing from what a server holds.
    static int missing(BitSet confirmed, BitSet stored) {
        BitSet lost = (BitSet) confirmed.clone();
        lost.andNot(stored);
        return lost.cardinality();
    }
}
