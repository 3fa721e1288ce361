package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// Whether a text may end a transaction block so that its work is kept. It need not: a word of that
/// kind in a text or a comment counts, too.
final class Ending {
    private static final byte[][] WORDS = {
        "commit".getBytes(StandardCharsets.US_ASCII),
        "end".getBytes(StandardCharsets.US_ASCII),
        "prepare".getBytes(StandardCharsets.US_ASCII)
    };

    private Ending() {}

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
