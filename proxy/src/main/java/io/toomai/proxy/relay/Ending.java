package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Whether a text may end a transaction block so that its work, or what follows, is kept.
enum Ending {
    NONE,
    /// It need not: a word of that kind in a text or a comment counts, too.
    MAYBE,
    /// It does nothing else.
    COMMIT,
    /// It takes back what the block did, and does nothing else.
    ROLLBACK;

    /// A longer text is not taken for one of these alone.
    static final int LONGEST_ALONE = 150;

    private static final Pattern COMMIT_ALONE =
            pattern(
                    "(?:commit|end)(?:_+(?:work|transaction))?(?:_+and_+(?:no_+)?chain)?"
                            + "|(?:commit_+prepared|prepare_+transaction)_*'[^']*'");

    private static final Pattern ROLLBACK_ALONE =
            pattern(
                    "(?:rollback|abort)(?:_+(?:work|transaction))?(?:_+and_+(?:no_+)?chain)?"
                            + "|rollback_+prepared_*'[^']*'");

    private static final Pattern SAVEPOINT_ALONE =
            pattern(
                    "rollback(?:_+(?:work|transaction))?_+to(?:_+savepoint)?"
                            + "(?:_+\\w+|_*\"[^\"]*\")");

    /// @param words with `_` for blanks and comments
    private static Pattern pattern(String words) {
        return Pattern.compile(
                "_*(?:".concat(words).concat(")_*;?_*").replace("_", "(?:\\s|/\\*[^*/]*\\*/)"),
                Pattern.CASE_INSENSITIVE);
    }

    private static final byte[][] WORDS = {
        "commit".getBytes(StandardCharsets.US_ASCII),
        "end".getBytes(StandardCharsets.US_ASCII),
        "prepare".getBytes(StandardCharsets.US_ASCII),
        "rollback".getBytes(StandardCharsets.US_ASCII),
        "abort".getBytes(StandardCharsets.US_ASCII)
    };

    /// @param length of the text without its NUL
    static Ending of(ByteBuf in, int index, int length) {
        Ending alone = alone(in, index, length);
        if (alone != null) {
            return alone;
        }
        return mayBeIn(in, index, length) ? MAYBE : NONE;
    }

    /// Of the simple query at the cursor, of which as much is there as [#LONGEST_ALONE]. Outside a
    /// transaction block anything may end it.
    static Ending ofQuery(Cursor cursor, ServerSide to) {
        ByteBuf in = cursor.data();
        long length = cursor.length();
        int text = cursor.at() + Cursor.HEADER;
        int here = (int) Math.min(length, in.readableBytes()) - Cursor.HEADER;
        Ending alone = length <= LONGEST_ALONE ? alone(in, text, here - 1) : null;
        if (alone != null) {
            return alone;
        }
        boolean isCut = here + Cursor.HEADER < length;
        return to.isInTransaction() && (isCut || mayBeIn(in, text, here)) ? MAYBE : NONE;
    }

    /// What a text is that is nothing else; nothing where that cannot be said.
    private static @Nullable Ending alone(ByteBuf in, int index, int length) {
        if (length < 3 || length > LONGEST_ALONE) {
            return null;
        }
        return switch (in.getByte(index)) {
            case 'c', 'C', 'e', 'E', 'p', 'P', 'r', 'R', 'a', 'A', ' ', '\n', '\t', '\r', '/' ->
                    alone(in.toString(index, length, StandardCharsets.ISO_8859_1));
            default -> null; // style: none of the words
        };
    }

    private static @Nullable Ending alone(String text) {
        if (COMMIT_ALONE.matcher(text).matches()) {
            return COMMIT;
        }
        if (ROLLBACK_ALONE.matcher(text).matches()) {
            return ROLLBACK;
        }
        return SAVEPOINT_ALONE.matcher(text).matches() ? NONE : null;
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
