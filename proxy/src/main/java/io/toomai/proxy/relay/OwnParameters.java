package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// Whether a text may set a parameter with a name of its user's own (`my.tenant`): PostgreSQL lists
/// all parameters that a session has set but those. It need not: words in a text or a comment
/// count, too.
final class OwnParameters {
    private static final byte[] SET = "set".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SET_CONFIG = "set_config".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SESSION = "session".getBytes(StandardCharsets.US_ASCII);

    private final ByteBuf in;
    private final int end;
    private int at;

    private OwnParameters(ByteBuf in, int index, int end) {
        this.in = in;
        this.at = index;
        this.end = end;
    }

    static boolean mayBeSetIn(ByteBuf in, int index, int length) {
        int end = index + length;
        boolean inWord = false;
        for (int at = index; at < end; at++) {
            boolean ofWord = isOfWord(in.getByte(at));
            if (ofWord && !inWord && (in.getByte(at) | 0x20) == 's') {
                OwnParameters rest = new OwnParameters(in, at, end);
                if ((rest.takes(SET) && rest.setsOwn())
                        || (rest.takes(SET_CONFIG) && rest.configuresOwn())) {
                    return true;
                }
            }
            inWord = ofWord;
        }
        return false;
    }

    /// Behind the word SET. Where the name is put together later, it may be any.
    private boolean setsOwn() {
        int behind = at;
        skipSpace();
        if (takes(SESSION)) {
            skipSpace();
        }
        if (at > behind && (isAt(at, '\'') || isAt(at, '%'))) {
            return true;
        }
        int name = at;
        skipName();
        if (isAt(name, '"') && in.indexOf(name, Math.min(at, end), (byte) '.') >= 0) {
            return true;
        }
        skipSpace();
        return isAt(at, '.') || isAt(at, '&');
    }

    /// Behind the name of the function: only a name that stands there is seen.
    private boolean configuresOwn() {
        skipSpace();
        if (!takes('(')) {
            return at == end || in.getByte(at) != ')';
        }
        skipSpace();
        if (!takes('\'')) {
            return true;
        }
        while (at < end && isOfWord(in.getByte(at))) {
            at++;
        }
        if (!takes('\'')) {
            return true;
        }
        skipSpace();
        return !takes(',');
    }

    private void skipName() {
        if (takes('"')) {
            while (at < end && in.getByte(at) != '"') {
                at++;
            }
            at++;
        } else {
            while (at < end && (isOfWord(in.getByte(at)) || in.getByte(at) == '$')) {
                at++;
            }
        }
    }

    /// Comments, too.
    private void skipSpace() {
        while (at < end) {
            byte here = in.getByte(at);
            if (here == '-' && isAt(at + 1, '-')) {
                while (at < end && in.getByte(at) != '\n') {
                    at++;
                }
            } else if (here == '/' && isAt(at + 1, '*')) {
                skipComment();
            } else if (here == ' ' || (here >= '\t' && here <= '\r')) {
                at++;
            } else {
                return;
            }
        }
    }

    private void skipComment() {
        int depth = 0;
        do {
            if (isAt(at, '/') && isAt(at + 1, '*')) {
                depth++;
                at += 2;
            } else if (isAt(at, '*') && isAt(at + 1, '/')) {
                depth--;
                at += 2;
            } else {
                at++;
            }
        } while (depth > 0 && at < end);
    }

    private boolean isAt(int index, char character) {
        return index < end && in.getByte(index) == character;
    }

    private boolean takes(char character) {
        if (isAt(at, character)) {
            at++;
            return true;
        }
        return false;
    }

    private boolean takes(byte[] word) {
        if (end - at < word.length
                || (end - at > word.length && isOfWord(in.getByte(at + word.length)))) {
            return false;
        }
        for (int i = 0; i < word.length; i++) {
            if ((in.getByte(at + i) | 0x20) != (word[i] | 0x20)) {
                return false;
            }
        }
        at += word.length;
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
