package io.toomai.simulation;

import io.toomai.core.model.MonoTime;
import java.util.Arrays;

/// The virtual clock and everything that will happen, in order of time and then of planning.
/// Milliseconds. A heap of plain numbers: nothing else in a world is used as often.
final class Agenda {
    private static final int NUMBER_BITS = 31;
    private static final long LONGEST = 1L << (63 - NUMBER_BITS);

    /// The moment, then the number of the planning.
    private long[] keys = new long[256];

    private Runnable[] actions = new Runnable[256];
    private int size;
    private long now;
    private long planned;
    private long happened;

    long now() {
        return now;
    }

    static MonoTime mono(long millis) {
        return new MonoTime(millis * 1_000_000);
    }

    /// How many events have happened.
    long happened() {
        return happened;
    }

    /// @throws IllegalStateException when a world lives longer than 1,190 hours
    void in(long millis, Runnable action) {
        long at = now + Math.max(0, millis);
        if (at >= LONGEST || planned >= 1L << NUMBER_BITS) {
            throw new IllegalStateException("a world may live 1190 hours: make several of it");
        }
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, 2 * size);
            actions = Arrays.copyOf(actions, 2 * size);
        }
        rise(size++, at << NUMBER_BITS | planned++, action);
    }

    /// Lets the next event happen if it is due before `end`.
    boolean step(long end) {
        if (size == 0 || keys[0] >> NUMBER_BITS > end) {
            now = end;
            return false;
        }
        now = keys[0] >> NUMBER_BITS;
        Runnable next = actions[0];
        size--;
        sink(keys[size], actions[size]);
        happened++;
        next.run();
        return true;
    }

    private void rise(int from, long key, Runnable action) {
        int i = from;
        while (i > 0) {
            int parent = (i - 1) >> 2;
            if (keys[parent] < key) {
                break;
            }
            keys[i] = keys[parent];
            actions[i] = actions[parent];
            i = parent;
        }
        keys[i] = key;
        actions[i] = action;
    }

    /// Each has four below it: fewer levels, and those four lie together.
    private void sink(long key, Runnable action) {
        int i = 0;
        int child = 1;
        while (child < size) {
            int last = Math.min(child + 4, size);
            int least = child;
            for (int c = child + 1; c < last; c++) {
                if (keys[c] < keys[least]) {
                    least = c;
                }
            }
            if (key < keys[least]) {
                break;
            }
            keys[i] = keys[least];
            actions[i] = actions[least];
            i = least;
            child = 4 * i + 1;
        }
        keys[i] = key;
        actions[i] = action;
    }
}
