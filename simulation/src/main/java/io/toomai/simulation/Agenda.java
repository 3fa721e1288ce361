package io.toomai.simulation;

import io.toomai.core.model.MonoTime;
import java.util.Comparator;
import java.util.PriorityQueue;

/// The virtual clock and everything that will happen, in order of time and then of planning.
/// Milliseconds.
final class Agenda {
    private record Event(long at, long number, Runnable action) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(
                    Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
    private long now;
    private long planned;
    private long happened;

    long now() {
        return now;
    }

    MonoTime mono() {
        return mono(now);
    }

    static MonoTime mono(long millis) {
        return new MonoTime(millis * 1_000_000);
    }

    /// How many events have happened.
    long happened() {
        return happened;
    }

    void in(long millis, Runnable action) {
        events.add(new Event(now + Math.max(0, millis), planned++, action));
    }

    /// Lets the next event happen if it is due before `end`.
    boolean step(long end) {
        Event next = events.peek();
        if (next == null || next.at() > end) {
            now = end;
            return false;
        }
        events.remove();
        now = next.at();
        happened++;
        next.action().run();
        return true;
    }
}
