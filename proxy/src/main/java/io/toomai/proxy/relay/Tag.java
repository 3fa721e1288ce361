package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;

/// What a CommandComplete says was done, as far as it matters to a session.
enum Tag {
    /// Prepared statements and settings are as they were at the beginning.
    DISCARD_ALL("DISCARD ALL"),
    DEALLOCATE_ALL("DEALLOCATE ALL"),
    /// One of them is gone.
    DEALLOCATE("DEALLOCATE"),
    SET("SET"),
    RESET("RESET"),
    LISTEN("LISTEN"),
    UNLISTEN("UNLISTEN"),
    ROLLBACK("ROLLBACK"),
    COMMIT("COMMIT"),
    COMMIT_PREPARED("COMMIT PREPARED"),
    OTHER("");

    private static final Tag[] KNOWN = {
        DISCARD_ALL,
        DEALLOCATE_ALL,
        DEALLOCATE,
        SET,
        RESET,
        LISTEN,
        UNLISTEN,
        ROLLBACK,
        COMMIT,
        COMMIT_PREPARED
    };

    private final String text;

    Tag(String text) {
        this.text = text;
    }

    /// @param length of the text with its NUL; all of it is there
    static Tag read(ByteBuf in, int index, int length) {
        for (Tag tag : KNOWN) {
            if (length == tag.text.length() + 1 && tag.isAt(in, index)) {
                return tag;
            }
        }
        return OTHER;
    }

    private boolean isAt(ByteBuf in, int index) {
        for (int i = 0; i < text.length(); i++) {
            if (in.getByte(index + i) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
