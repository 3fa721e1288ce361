package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// The names that one client has given to prepared statements. Open addressing, so that a name is
/// looked up where it stands in a message, without a copy. Not thread safe.
final class ClientStatements {
    private static final int SMALL = 8;

    /// Names and texts of one client together, in bytes.
    private static final long MOST = Math.min(32 << 20, Runtime.getRuntime().maxMemory() / 32);

    private @Nullable Prepared[] slots = new @Nullable Prepared[SMALL];
    private int size;
    private long weight;
    private Unnamed unnamed = Unnamed.NONE;

    /// The last unnamed statement that the client parsed: it may be bound in a later transaction,
    /// on another server.
    @SuppressWarnings("ArrayRecordComponent") // never changed, compared by its number
    record Unnamed(byte[] body, long number, Ending ending) {
        Listening.@Nullable Alone listening() {
            int text = 0;
            while (text < body.length && body[text] != 0) {
                text++;
            }
            return Listening.read(Unpooled.wrappedBuffer(body), 0, text);
        }

        static final Unnamed NONE = new Unnamed(new byte[0], 0, Ending.MAYBE);
    }

    Unnamed unnamed() {
        return unnamed;
    }

    void unnamed(Unnamed statement) {
        unnamed = statement;
    }

    int size() {
        return size;
    }

    @Nullable Prepared find(ByteBuf in, int index, int length) {
        int mask = slots.length - 1;
        int at = hash(in, index, length) & mask;
        for (Prepared there = slots[at]; there != null; there = slots[at]) {
            if (isNamed(there, in, index, length)) {
                return there;
            }
            at = (at + 1) & mask;
        }
        return null;
    }

    /// Under some name; nothing where the client has given it none.
    @Nullable Prepared find(Statement statement) {
        for (Prepared there : slots) {
            if (there != null && there.statement().equals(statement)) {
                return there;
            }
        }
        return null;
    }

    /// Adds one whose name is not there.
    ///
    /// @throws ProtocolViolation if that is too much
    Prepared add(ByteBuf in, int index, int length, Statement statement) {
        if (weight + length + statement.body().length > MOST) {
            throw new ProtocolViolation("54000", "too many prepared statements");
        }
        Prepared made = new Prepared(ByteBufUtil.getBytes(in, index, length, true), statement);
        putBack(made);
        return made;
    }

    void putBack(Prepared prepared) {
        if ((size + 1) * 2 > slots.length) {
            resize(slots.length * 2);
        }
        place(prepared);
        prepared.statement().hold();
        size++;
        weight += prepared.weightWithText();
    }

    /// Does nothing where this very one is not there.
    @SuppressWarnings("ReferenceEquality") // another one may have the name meanwhile
    void remove(Prepared prepared) {
        int mask = slots.length - 1;
        int at = hash(prepared.name()) & mask;
        while (slots[at] != prepared) {
            if (slots[at] == null) {
                return;
            }
            at = (at + 1) & mask;
        }
        slots[at] = null;
        size--;
        weight -= prepared.weightWithText();
        prepared.statement().letGo();
        closeGap(at);
    }

    void clear() {
        for (Prepared prepared : slots) {
            if (prepared != null) {
                prepared.statement().letGo();
            }
        }
        slots = new @Nullable Prepared[SMALL];
        size = 0;
        weight = 0;
        unnamed = Unnamed.NONE;
    }

    /// What had been pushed on by the one that went moves back to where it is looked for.
    private void closeGap(int gap) {
        int mask = slots.length - 1;
        int at = (gap + 1) & mask;
        for (Prepared there = slots[at]; there != null; there = slots[at]) {
            slots[at] = null;
            place(there);
            at = (at + 1) & mask;
        }
    }

    private void place(Prepared prepared) {
        int mask = slots.length - 1;
        int at = hash(prepared.name()) & mask;
        while (slots[at] != null) {
            at = (at + 1) & mask;
        }
        slots[at] = prepared;
    }

    private void resize(int length) {
        @Nullable Prepared[] old = slots;
        slots = new @Nullable Prepared[length];
        for (Prepared prepared : old) {
            if (prepared != null) {
                place(prepared);
            }
        }
    }

    private static boolean isNamed(Prepared prepared, ByteBuf in, int index, int length) {
        byte[] name = prepared.name();
        if (name.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (in.getByte(index + i) != name[i]) {
                return false;
            }
        }
        return true;
    }

    private static int hash(ByteBuf in, int index, int length) {
        int hash = 0;
        for (int i = 0; i < length; i++) {
            hash = hash * 31 + in.getByte(index + i);
        }
        return hash ^ (hash >>> 15);
    }

    private static int hash(byte[] name) {
        int hash = 0;
        for (byte b : name) {
            hash = hash * 31 + b;
        }
        return hash ^ (hash >>> 15);
    }
}
