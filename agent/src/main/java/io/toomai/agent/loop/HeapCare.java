package io.toomai.agent.loop;

import java.util.function.LongSupplier;

/// Keeps the heap about as large as what lives in it. The JVM's serial collector, left alone, lets
/// old garbage grow to the limit of the heap before it looks there: an idle agent would gain 3 MB
/// an hour, up to 50 MB. A collection of what an agent holds stops it for 20 to 40 ms. For one
/// thread.
final class HeapCare {
    /// Bytes; the young space, which is garbage most of the time, has 2 MB.
    static final long SLACK = 6L << 20;

    private final LongSupplier used;
    private final Runnable collect;
    private long lived;

    /// @param used bytes of the heap, garbage included
    HeapCare(LongSupplier used, Runnable collect) {
        this.used = used;
        this.collect = collect;
        this.lived = used.getAsLong();
    }

    static HeapCare ofJvm() {
        Runtime runtime = Runtime.getRuntime();
        return new HeapCare(() -> runtime.totalMemory() - runtime.freeMemory(), runtime::gc);
    }

    /// Collects when the heap has grown by [#SLACK] since the last collection here.
    void look() {
        if (used.getAsLong() - lived > SLACK) {
            collect.run();
            lived = used.getAsLong();
        }
    }
}
