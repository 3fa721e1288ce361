package io.toomai.proxy.auth;

import java.util.ArrayList;
import java.util.List;

/// A line of an HBA or ident file in its fields, each a list of words parted by commas. A word in
/// double quotes is no keyword.
public final class HbaTokens {
    private HbaTokens() {}

    /// @param quotes so `"all"` is a database of that name
    public record Word(String text, Quotes quotes) {
        boolean is(String keyword) {
            return quotes == Quotes.NONE && text.equals(keyword);
        }

        /// A word that begins with `/`, as in PostgreSQL 16, also in quotes: a pattern with a comma
        /// or a blank must stand in them.
        boolean isPattern() {
            return text.startsWith("/");
        }
    }

    /// Whether a word stood in quotes.
    public enum Quotes {
        NONE,
        DOUBLE
    }

    /// Empty for a line without fields.
    ///
    /// @throws IllegalArgumentException when a quote does not end
    static List<List<Word>> fields(String line) {
        List<List<Word>> fields = new ArrayList<>();
        List<Word> field = new ArrayList<>();
        int at = 0;
        boolean afterComma = false;
        while (at < line.length() && line.charAt(at) != '#') {
            char c = line.charAt(at);
            if (Character.isWhitespace(c)) {
                if (!field.isEmpty() && !afterComma) {
                    fields.add(List.copyOf(field));
                    field.clear();
                }
                at++;
            } else if (c == ',') {
                afterComma = true;
                at++;
            } else {
                if (!field.isEmpty() && !afterComma) {
                    fields.add(List.copyOf(field));
                    field.clear();
                }
                afterComma = false;
                at = word(line, at, field);
            }
        }
        if (!field.isEmpty()) {
            fields.add(List.copyOf(field));
        }
        return fields;
    }

    private static int word(String line, int start, List<Word> into) {
        StringBuilder text = new StringBuilder();
        Quotes quotes = Quotes.NONE;
        int at = start;
        while (at < line.length()) {
            char c = line.charAt(at);
            if (c == '"') {
                quotes = Quotes.DOUBLE;
                at = quoted(line, at + 1, text);
            } else if (Character.isWhitespace(c) || c == ',' || c == '#') {
                break;
            } else {
                text.append(c);
                at++;
            }
        }
        into.add(new Word(text.toString(), quotes));
        return at;
    }

    /// `""` stands for one.
    private static int quoted(String line, int start, StringBuilder text) {
        int at = start;
        while (at < line.length()) {
            char c = line.charAt(at++);
            if (c == '"') {
                if (at >= line.length() || line.charAt(at) != '"') {
                    return at;
                }
                at++;
            }
            text.append(c);
        }
        throw new IllegalArgumentException("a quote does not end");
    }
}
