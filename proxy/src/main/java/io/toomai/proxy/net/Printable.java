package io.toomai.proxy.net;

/// What others have sent, as a log may show it: it makes no second line, and no long one.
final class Printable {
    private static final int LONGEST = 500;

    private Printable() {}

    static String of(String text) {
        String start = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
        return start.replaceAll("\\p{Cntrl}", "?");
    }
}
