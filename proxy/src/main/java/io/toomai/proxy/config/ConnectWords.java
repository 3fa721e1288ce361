package io.toomai.proxy.config;

import java.util.LinkedHashMap;
import java.util.Map;

/// The `key=value key='v a l'` form in which databases, users and peers are described. In quotes
/// `''` stands for one.
final class ConnectWords {
    private ConnectWords() {}

    /// In the order of the text.
    ///
    /// @throws IllegalArgumentException saying what is wrong, without the values
    static Map<String, String> parse(String text) {
        Map<String, String> words = new LinkedHashMap<>();
        int at = spaces(text, 0);
        while (at < text.length()) {
            int equals = text.indexOf('=', at);
            if (equals < 0) {
                throw new IllegalArgumentException("is not made of key=value");
            }
            String key = text.substring(at, equals).strip();
            if (key.isEmpty() || key.chars().anyMatch(Character::isWhitespace)) {
                throw new IllegalArgumentException("has a key with spaces, or none before =");
            }
            StringBuilder value = new StringBuilder();
            at = value(text, spaces(text, equals + 1), key, value);
            if (words.put(key, value.toString()) != null) {
                throw new IllegalArgumentException("says " + key + " twice");
            }
            at = spaces(text, at);
        }
        return words;
    }

    private static int value(String text, int start, String key, StringBuilder value) {
        int at = start;
        if (at >= text.length() || text.charAt(at) != '\'') {
            while (at < text.length() && !Character.isWhitespace(text.charAt(at))) {
                value.append(text.charAt(at++));
            }
            return at;
        }
        at++;
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '\'') {
                if (at >= text.length() || text.charAt(at) != '\'') {
                    return at;
                }
                at++;
            }
            value.append(c);
        }
        throw new IllegalArgumentException("the quoted value of " + key + " does not end");
    }

    private static int spaces(String text, int from) {
        int at = from;
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at;
    }
}
