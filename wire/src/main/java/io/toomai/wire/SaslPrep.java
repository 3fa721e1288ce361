package io.toomai.wire;

import java.text.Normalizer;

/// Prepares a password for SCRAM as RFC 4013 says and as PostgreSQL does: a password that RFC 4013
/// prohibits is used as it is, so that both sides come to the same bytes. Code points that Unicode
/// 3.2 did not know are allowed.
final class SaslPrep {
    private static final int[][] PROHIBITED_RANGES = {
        {0x0340, 0x0341},
        {0x06DD, 0x06DD},
        {0x070F, 0x070F},
        {0x180E, 0x180E},
        {0x200E, 0x200F},
        {0x202A, 0x202E},
        {0x2061, 0x2063},
        {0x206A, 0x206F},
        {0x2FF0, 0x2FFB},
        {0xFDD0, 0xFDEF},
        {0xFFF9, 0xFFFD},
        {0x1D173, 0x1D17A},
        {0xE0001, 0xE007F}
    };

    private SaslPrep() {}

    static String prepare(String password) {
        if (password.chars().allMatch(c -> c < 0x80)) {
            return password;
        }
        var mapped = new StringBuilder();
        password.codePoints().filter(c -> !mappedToNothing(c)).forEach(c -> append(mapped, c));
        String normal = Normalizer.normalize(mapped, Normalizer.Form.NFKC);
        boolean usable =
                !normal.isEmpty()
                        && normal.codePoints().noneMatch(SaslPrep::prohibited)
                        && oneDirection(normal);
        return usable ? normal : password;
    }

    private static void append(StringBuilder text, int codePoint) {
        boolean space =
                Character.getType(codePoint) == Character.SPACE_SEPARATOR || codePoint == 0x200B;
        text.appendCodePoint(space ? ' ' : codePoint);
    }

    /// RFC 3454 table B.1, less U+200B, which table C.1.2 maps to a space first.
    private static boolean mappedToNothing(int c) {
        return c == 0xAD
                || c == 0x34F
                || c == 0x1806
                || (c >= 0x180B && c <= 0x180D)
                || c == 0x200C
                || c == 0x200D
                || c == 0x2060
                || (c >= 0xFE00 && c <= 0xFE0F)
                || c == 0xFEFF;
    }

    /// RFC 3454 tables C.2 to C.9 by Unicode category, plus the single characters among them.
    private static boolean prohibited(int c) {
        boolean byCategory =
                switch (Character.getType(c)) {
                    case Character.CONTROL,
                            Character.PRIVATE_USE,
                            Character.SURROGATE,
                            Character.LINE_SEPARATOR,
                            Character.PARAGRAPH_SEPARATOR ->
                            true;
                    default -> false;
                };
        return byCategory || (c & 0xFFFE) == 0xFFFE || inProhibitedRange(c);
    }

    private static boolean inProhibitedRange(int c) {
        for (int[] range : PROHIBITED_RANGES) {
            if (c >= range[0] && c <= range[1]) {
                return true;
            }
        }
        return false;
    }

    /// RFC 3454 section 6: with right-to-left letters, no left-to-right ones, and both ends are.
    private static boolean oneDirection(String text) {
        if (text.codePoints().noneMatch(SaslPrep::rightToLeft)) {
            return true;
        }
        boolean leftToRight =
                text.codePoints()
                        .anyMatch(c ->
                                Character.getDirectionality(c)
                                        == Character.DIRECTIONALITY_LEFT_TO_RIGHT);
        return !leftToRight
                && rightToLeft(text.codePointAt(0))
                && rightToLeft(text.codePointBefore(text.length()));
    }

    private static boolean rightToLeft(int c) {
        byte direction = Character.getDirectionality(c);
        return direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT
                || direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT_ARABIC;
    }
}
