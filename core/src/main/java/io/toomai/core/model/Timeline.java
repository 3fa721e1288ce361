package io.toomai.core.model;

/// A timeline number: it grows by one at each promotion. Zero means "unknown".
public record Timeline(int number) implements Comparable<Timeline> {
    public static final Timeline UNKNOWN = new Timeline(0);

    public Timeline {
        if (number < 0) {
            throw new IllegalArgumentException("timeline must not be negative: " + number);
        }
    }

    public boolean isKnown() {
        return number > 0;
    }

    public boolean isBefore(Timeline other) {
        return number < other.number;
    }

    @Override
    public int compareTo(Timeline other) {
        return Integer.compare(number, other.number);
    }

    @Override
    public String toString() {
        return isKnown() ? Integer.toString(number) : "unknown";
    }
}
