package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/// Whether a text may end a transaction block so that its work is kept.
enum Ending {
    NONE,
    /// It need not: a word of that kind in a text or a comment counts, too.
    MAYBE,
    /// It does nothing else.
    COMMIT;

    /// A longer text is not taken for a COMMIT alone.
    static final int LONGEST_COMMIT = 150;

    private static final Pattern COMMIT_ALONE =
            Pattern.compile(
                    "_*(?:(?:commit|end)(?:_+(?:work|transaction))?(?:_+and_+(?:no_+)?chain)?"
                            .concat("|(?:commit_+prepared|prepare_+transaction)_*'[^']*')_*;?_*")
                            .replace("_", "(?:\\s|/\\*[^*/]*\\*/)"),
                    Pattern.CASE_INSENSITIVE);

    private static final byte[][] WORDS = {
        "commit".getBytes(StandardCharsets.US_ASCII),
        "end".getBytes(StandardCharsets.US_ASCII),
        "prepare".getBytes(StandardCharsets.US_ASCII)
    };

    /// @param length of the text without its NUL
    static Ending of(ByteBuf in, int index, int length) {
        if (isCommit(in, index, length)) {
            return COMMIT;
        }
        return mayBeIn(in, index, length) ? MAYBE : NONE;
    }

    /// Of the simple query at the cursor, of which as much is there as [#LONGEST_COMMIT]. Outside a
    /// transaction block anything may end it.
    static Ending ofQuery(Cursor cursor, ServerSide to) {
        ByteBuf in = cursor.data();
        long length = cursor.length();
        int text = cursor.at() + Cursor.HEADER;
        int here = (int) Math.min(length, in.readableBytes()) - Cursor.HEADER;
        if (length <= LONGEST_COMMIT && isCommit(in, text, here - 1)) {
            return COMMIT;
        }
        boolean isCut = here + Cursor.HEADER < length;
        return to.isInTransaction() && (isCut || mayBeIn(in, text, here)) ? MAYBE : NONE;
    }

    /// @param length of the text without its NUL
    static boolean isCommit(ByteBuf in, int index, int length) {
        if (length < 3 || length > LONGEST_COMMIT) {
            return false;
        }
        return switch (in.getByte(index)) {
            case 'c', 'C', 'e', 'E', 'p', 'P', ' ', '\n', '\t', '\r', '/' ->
                    COMMIT_ALONE
                            .matcher(in.toString(index, length, StandardCharsets.ISO_8859_1))
                            .matches();
            default -> false;
        };
    }

    static boolean mayBeIn(ByteBuf in, int index, int length) {
        int end = index + length;
        boolean inWord = false;
        for (int at = index; at < end; at++) {
            boolean letter = isOfWord(in.getByte(at));
            if (letter && !inWord && begins(in, at, end)) {
                return true;
            }
            inWord = letter;
        }
        return false;
    }

    private static boolean begins(ByteBuf in, int at, int end) {
        for (byte[] word : WORDS) {
            if (end - at >= word.length
                    && (end - at == word.length || !isOfWord(in.getByte(at + word.length)))
                    && isWord(in, at, word)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isWord(ByteBuf in, int at, byte[] word) {
        for (int i = 0; i < word.length; i++) {
            if ((in.getByte(at + i) | 0x20) != word[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isOfWord(byte character) {
        int lower = character | 0x20;
        return (lower >= 'a' && lower <= 'z')
                || (character >= '0' && character <= '9')
                || character == '_'
                || character < 0;
    }
}
