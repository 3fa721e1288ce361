package io.toomai.core.model;

import java.util.Locale;

/// A number of bytes.
public record ByteSize(long bytes) {
    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};

    /// Reads PostgreSQL's forms: `16777216`, `16MB`, `1 GB`; units B, kB, MB, GB, TB.
    ///
    /// @throws IllegalArgumentException when number or unit is not understood
    public static ByteSize parse(String text) {
        String trimmed = text.strip();
        int digits = 0;
        while (digits < trimmed.length() && Character.isDigit(trimmed.charAt(digits))) {
            digits++;
        }
        if (digits == 0) {
            throw new IllegalArgumentException("not a size: " + text);
        }
        long number = Long.parseLong(trimmed.substring(0, digits));
        String unit = trimmed.substring(digits).strip();
        if (unit.isEmpty()) {
            return new ByteSize(number);
        }
        long factor = 1;
        for (String known : UNITS) {
            if (known.equalsIgnoreCase(unit)) {
                return new ByteSize(Math.multiplyExact(number, factor));
            }
            factor *= 1024;
        }
        throw new IllegalArgumentException(
                "unknown unit '" + unit + "' in size " + text + "; known: B, kB, MB, GB, TB");
    }

    @Override
    public String toString() {
        double rest = bytes;
        int unit = 0;
        while (rest >= 1024 && unit < UNITS.length - 1) {
            rest /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", rest, UNITS[unit]);
    }
}
