package io.toomai.proxy.page;

import io.toomai.proxy.console.Overview.Stand;
import java.util.Locale;

/// Numbers as somebody reads them who has just been woken up.
final class Words {
    private static final long KILO = 1024;
    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB"};

    private Words() {}

    static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= KILO && unit < UNITS.length - 1) {
            value /= KILO;
            unit++;
        }
        return short3(value) + " " + UNITS[unit];
    }

    /// @param micros of a query, a wait
    static String took(long micros) {
        if (micros < 1000) {
            return micros + " µs";
        }
        return micros < 1_000_000
                ? short3(micros / 1e3) + " ms"
                : micros < 120_000_000 ? short3(micros / 1e6) + " s" : lasted(micros / 1_000_000);
    }

    static String lasted(long seconds) {
        if (seconds < 120) {
            return seconds + " s";
        }
        if (seconds < 7200) {
            return seconds / 60 + " min";
        }
        return seconds < 172_800 ? seconds / 3600 + " h" : seconds / 86_400 + " days";
    }

    private static String short3(double value) {
        return value == Math.rint(value) || value >= 100
                ? Long.toString(Math.round(value))
                : String.format(Locale.ROOT, value >= 10 ? "%.1f" : "%.2f", value);
    }

    static String many(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /// "1 client", "2 clients".
    static String count(long number, String one) {
        return many(number) + " " + one + (number == 1 ? "" : "s");
    }

    static String stand(Stand stand) {
        return switch (stand) {
            case UP -> "up";
            case DOWN -> "down";
            case DRAIN -> "drain";
            case MAINTENANCE -> "maintenance";
            case PASSED_BY -> "passed by";
            case UNTRIED -> "not tried";
        };
    }
}
