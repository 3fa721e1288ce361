package io.toomai.proxy.login;

import io.toomai.proxy.relay.ProtocolViolation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The parameter `options` of a startup packet: `-c name=value` and `--name=value`, parted by
/// spaces; `\` before a space or itself.
public final class StartupOptions {
    private StartupOptions() {}

    /// In their order; a name said twice counts as said last.
    ///
    /// @throws ProtocolViolation for any other switch of the server's
    public static Map<String, String> parse(String text) {
        Map<String, String> settings = new LinkedHashMap<>();
        List<String> words = words(text);
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            String assignment;
            if (word.equals("-c") && i + 1 < words.size()) {
                assignment = words.get(++i);
            } else if (word.startsWith("--")) {
                assignment = word.substring(2);
            } else if (word.startsWith("-c")) {
                assignment = word.substring(2);
            } else {
                throw unsupported();
            }
            int equals = assignment.indexOf('=');
            if (equals <= 0) {
                throw unsupported();
            }
            settings.put(
                    assignment.substring(0, equals).replace('-', '_'),
                    assignment.substring(equals + 1));
        }
        return settings;
    }

    private static ProtocolViolation unsupported() {
        return new ProtocolViolation(
                "unsupported options startup parameter: only '-c config=val' and"
                        + " '--config=val' are allowed");
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inside = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isWhitespace(c)) {
                if (inside) {
                    words.add(word.toString());
                    word.setLength(0);
                    inside = false;
                }
            } else {
                inside = true;
                if (c == '\\' && i + 1 < text.length()) {
                    c = text.charAt(++i);
                }
                word.append(c);
            }
        }
        if (inside) {
            words.add(word.toString());
        }
        return words;
    }
}
