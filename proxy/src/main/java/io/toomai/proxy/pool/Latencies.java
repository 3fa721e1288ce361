package io.toomai.proxy.pool;

/// How long things took, for percentiles: a fixed table of counts, so that counting allocates
/// nothing. A value is told to within an eighth of itself. Belongs to one event loop.
public final class Latencies {
    /// Parts of each doubling.
    private static final int PARTS = 8;

    private static final int SHIFT = 3;

    private final long[] counts = new long[64 * PARTS];
    private long all;
    private long sum;

    void add(long micros) {
        counts[slot(Math.max(0, micros))]++;
        all++;
        sum += micros;
    }

    /// Those of both.
    public Latencies plus(Latencies more) {
        Latencies both = new Latencies();
        for (int slot = 0; slot < counts.length; slot++) {
            both.counts[slot] = counts[slot] + more.counts[slot];
        }
        both.all = all + more.all;
        both.sum = sum + more.sum;
        return both;
    }

    private static int slot(long micros) {
        if (micros < PARTS) {
            return (int) micros;
        }
        int doubling = 63 - Long.numberOfLeadingZeros(micros);
        int part = (int) (micros >>> (doubling - SHIFT)) - PARTS;
        return (doubling - SHIFT + 1) * PARTS + part;
    }

    /// The largest value of a slot.
    private static long top(int slot) {
        if (slot < PARTS) {
            return slot;
        }
        int doubling = slot / PARTS - 1 + SHIFT;
        long part = slot % PARTS + (long) PARTS;
        return ((part + 1) << (doubling - SHIFT)) - 1;
    }

    /// How many were counted.
    public long count() {
        return all;
    }

    /// Of all, in microseconds.
    public long sum() {
        return sum;
    }

    /// So many microseconds are not exceeded by this part of all; 0 if there were none.
    ///
    /// @param part from 0 to 1
    public long percentile(double part) {
        long wanted = (long) Math.ceil(part * all);
        long seen = 0;
        for (int slot = 0; slot < counts.length; slot++) {
            seen += counts[slot];
            if (seen >= wanted && seen > 0) {
                return top(slot);
            }
        }
        return 0;
    }
}
