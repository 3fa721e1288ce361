package io.toomai.settings.text;

/// The mark that some editors put before a text in UTF-8. It says nothing there, and who does not
/// take it away finds it in the first word.
public final class ByteOrderMark {
    private static final String MARK = "\uFEFF";

    private ByteOrderMark() {}

    /// The text behind it, or the same text if there is none.
    public static String without(String text) {
        return text.startsWith(MARK) ? text.substring(MARK.length()) : text;
    }
}
