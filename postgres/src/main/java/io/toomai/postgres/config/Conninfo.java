package io.toomai.postgres.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A libpq connection string in keyword/value form: `host=pg1 application_name='my name'`.
public record Conninfo(Map<String, String> values) {
    public Conninfo {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    public Optional<String> value(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /// The text that libpq reads back to the same values: quotes only where needed, `\` and `'`
    /// escaped by `\`.
    public String text() {
        StringBuilder text = new StringBuilder();
        values.forEach((key, value) -> {
            if (!text.isEmpty()) {
                text.append(' ');
            }
            text.append(key).append('=').append(quoted(value));
        });
        return text.toString();
    }

    private static String quoted(String value) {
        boolean plain =
                !value.isEmpty()
                        && value.chars()
                                .noneMatch(
                                        c -> c == '\'' || c == '\\' || Character.isWhitespace(c));
        return plain ? value : "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }

    /// Reads such a text. A part that is not understood ends the reading; what came before counts.
    public static Conninfo parse(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        Cursor cursor = new Cursor(text);
        while (true) {
            cursor.skipSpace();
            String key = cursor.key();
            if (key.isEmpty()) {
                return new Conninfo(values);
            }
            values.put(key, cursor.value());
        }
    }

    private static final class Cursor {
        private final String text;
        private int at;

        Cursor(String text) {
            this.text = text;
        }

        void skipSpace() {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
        }

        /// The word before the next `=`; empty when there is none.
        String key() {
            int equals = text.indexOf('=', at);
            if (equals < 0) {
                return "";
            }
            String key = text.substring(at, equals).strip();
            at = equals + 1;
            skipSpace();
            return key;
        }

        String value() {
            StringBuilder value = new StringBuilder();
            boolean quoted = at < text.length() && text.charAt(at) == '\'';
            if (quoted) {
                at++;
            }
            while (at < text.length()) {
                char c = text.charAt(at);
                boolean ends = quoted ? c == '\'' : Character.isWhitespace(c);
                if (ends) {
                    at++;
                    break;
                }
                if (c == '\\' && at + 1 < text.length()) {
                    at++;
                    c = text.charAt(at);
                }
                value.append(c);
                at++;
            }
            return value.toString();
        }
    }
}
