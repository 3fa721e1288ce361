package io.toomai.agent.log;

import io.toomai.settings.LogSettings;

/// How the log shows times.
sealed interface LogTimes {
    /// A pattern of `java.time` in UTC.
    record Universal(String pattern) implements LogTimes {}

    /// A pattern of `java.time` in the machine's time zone, as an operator who names a format
    /// expects from Patroni.
    record Local(String pattern) implements LogTimes {}

    static LogTimes of(LogSettings settings) {
        return settings.dateFormat()
                .<LogTimes>map(format -> new Local(translated(format)))
                .orElseGet(() -> new Universal("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"));
    }

    static boolean showsTraces(LogSettings settings) {
        return settings.level().compareTo(settings.tracebackLevel()) <= 0;
    }

    /// strftime's letters in those of `java.time`; letters of neither stay as they are.
    private static String translated(String format) {
        StringBuilder pattern = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c == '%' && i + 1 < format.length()) {
                i++;
                pattern.append(letter(format.charAt(i)));
            } else {
                pattern.append(quoted(c));
            }
        }
        return pattern.toString().replace("''", ""); // one quotation for neighbours
    }

    private static String letter(char directive) {
        return switch (directive) {
            case 'Y' -> "yyyy";
            case 'y' -> "yy";
            case 'm' -> "MM";
            case 'd' -> "dd";
            case 'H' -> "HH";
            case 'I' -> "hh";
            case 'M' -> "mm";
            case 'S' -> "ss";
            case 'f' -> "SSSSSS";
            case 'p' -> "a";
            case 'j' -> "DDD";
            case 'a' -> "EEE";
            case 'A' -> "EEEE";
            case 'b' -> "MMM";
            case 'B' -> "MMMM";
            case 'z' -> "xx";
            case 'Z' -> "zzz";
            case 'F' -> "yyyy-MM-dd";
            case 'T' -> "HH:mm:ss";
            default -> quoted(directive);
        };
    }

    private static String quoted(char c) {
        if (c == '\'' || c == '"') {
            return ""; // it would end Logback's own
        }
        return Character.isLetter(c) ? "'" + c + "'" : String.valueOf(c);
    }
}
