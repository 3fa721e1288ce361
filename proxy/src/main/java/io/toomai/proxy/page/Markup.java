package io.toomai.proxy.page;

import java.util.ArrayDeque;
import java.util.Deque;

/// Writes HTML. Whatever is text or an attribute's value is escaped, so that no name of a database,
/// user or member becomes markup.
final class Markup {
    private final StringBuilder out = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    /// @param attributes name, value, name, value
    Markup open(String tag, String... attributes) {
        start(tag, attributes);
        open.push(tag);
        return this;
    }

    /// An element that has no end.
    Markup single(String tag, String... attributes) {
        start(tag, attributes);
        out.append('\n');
        return this;
    }

    private void start(String tag, String... attributes) {
        out.append('<').append(tag);
        for (int i = 0; i < attributes.length; i += 2) {
            out.append(' ').append(attributes[i]).append("=\"");
            out.append(escaped(attributes[i + 1])).append('"');
        }
        out.append('>');
    }

    Markup text(String text) {
        out.append(escaped(text));
        return this;
    }

    Markup element(String tag, String text, String... attributes) {
        return open(tag, attributes).text(text).close();
    }

    /// Ends what was opened last.
    Markup close() {
        out.append("</").append(open.pop()).append(">\n");
        return this;
    }

    /// A style sheet of ours.
    Markup style(String sheet) {
        out.append("<style>\n").append(sheet).append("</style>\n");
        return this;
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    @Override
    public String toString() {
        return "<!doctype html>\n" + out;
    }
}
