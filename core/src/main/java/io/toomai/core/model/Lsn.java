package io.toomai.core.model;

import java.util.Locale;

/// A position in the write-ahead log, in bytes. Zero means "none yet".
public record Lsn(long bytes) implements Comparable<Lsn> {
    public static final Lsn ZERO = new Lsn(0);

    public Lsn {
        if (bytes < 0) {
            throw new IllegalArgumentException("LSN must not be negative: " + bytes);
        }
    }

    /// Reads PostgreSQL's text form `X/Y` (hexadecimal, no zero padding needed).
    ///
    /// @throws IllegalArgumentException when the text is not of that form
    public static Lsn parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 1) {
            throw new IllegalArgumentException("not an LSN of the form X/Y: " + text);
        }
        return new Lsn(
                (Long.parseLong(text, 0, slash, 16) << 32)
                        | Long.parseLong(text, slash + 1, text.length(), 16));
    }

    public boolean isBehind(Lsn other) {
        return compareTo(other) < 0;
    }

    public boolean isZero() {
        return bytes == 0;
    }

    /// Bytes by which this position trails `other`; 0 when it does not.
    public long lagBehind(Lsn other) {
        return Math.max(0, other.bytes - bytes);
    }

    public Lsn plus(long more) {
        return new Lsn(bytes + more);
    }

    public static Lsn max(Lsn a, Lsn b) {
        return a.isBehind(b) ? b : a;
    }

    @Override
    public int compareTo(Lsn other) {
        return Long.compare(bytes, other.bytes);
    }

    /// PostgreSQL's text form, e.g. `0/5000060`.
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%X/%X", bytes >>> 32, bytes & 0xFFFF_FFFFL);
    }
}
