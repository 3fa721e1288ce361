package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;

/// Whether a statement's text begins with a word after which a server may have forgotten prepared
/// statements. No parser: only spaces may stand in front. What hides the word better is noticed
/// when the server has done it.
final class Forgetting {
    private static final byte[] DEALLOCATE = {'d', 'e', 'a', 'l', 'l', 'o', 'c', 'a', 't', 'e'};
    private static final byte[] DISCARD = {'d', 'i', 's', 'c', 'a', 'r', 'd'};

    private Forgetting() {}

    static boolean begins(ByteBuf in, int index, int length) {
        int at = index;
        int end = index + length;
        while (at < end && isSpace(in.getByte(at))) {
            at++;
        }
        if (at == end || (in.getByte(at) | 0x20) != 'd') {
            return false;
        }
        return isWord(in, at, end, DEALLOCATE) || isWord(in, at, end, DISCARD);
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r');
    }

    private static boolean isWord(ByteBuf in, int at, int end, byte[] word) {
        if (end - at < word.length) {
            return false;
        }
        for (int i = 0; i < word.length; i++) {
            if ((in.getByte(at + i) | 0x20) != word[i]) {
                return false;
            }
        }
        return true;
    }
}
