package io.toomai.proxy.session;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// PostgreSQL's names of client encodings.
final class Encodings {
    /// The number of LATIN1 and so on is not that of the part of ISO 8859.
    private static final List<Integer> PARTS = List.of(1, 2, 3, 4, 9, 10, 13, 14, 15, 16);

    private static final Map<String, String> OTHERS =
            Map.of(
                    "SJIS", "Shift_JIS",
                    "EUC_JP", "EUC-JP",
                    "EUC_KR", "EUC-KR",
                    "EUC_CN", "GB2312",
                    "UHC", "windows-949",
                    "KOI8R", "KOI8-R",
                    "KOI8U", "KOI8-U",
                    "BIG5", "Big5");

    private Encodings() {}

    /// The one that reads it; UTF-8 where none is known. All agree on ASCII, of which the values of
    /// reported parameters are made but for names of schemas.
    static Charset of(@Nullable String name) {
        String upper = name == null ? "UTF8" : name.toUpperCase(Locale.ROOT);
        if (upper.equals("UTF8") || upper.equals("SQL_ASCII")) {
            return StandardCharsets.UTF_8;
        }
        String java = OTHERS.getOrDefault(upper, upper);
        if (upper.matches("LATIN([1-9]|10)")) {
            java = "ISO-8859-" + PARTS.get(Integer.parseInt(upper.substring(5)) - 1);
        } else if (upper.startsWith("ISO_8859_")) {
            java = "ISO-8859-" + upper.substring(9);
        } else if (upper.matches("WIN[0-9]+")) {
            java = "windows-" + upper.substring(3);
        }
        return Charset.forName(java, StandardCharsets.UTF_8);
    }
}
