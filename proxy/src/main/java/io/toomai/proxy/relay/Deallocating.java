package io.toomai.proxy.relay;

import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// What a client's texts do to prepared statements: its own may go one by one ([Deallocation]), and
/// the server may forget all ([Forgetting]). Belongs to an event loop.
final class Deallocating {
    /// The first words of a statement tell whether the server forgets what it has prepared.
    static final int FORGETTING = Deallocation.LONGEST + 10;

    private final ClientStatements names;
    private final Statements statements;

    Deallocating(ClientStatements names, Statements statements) {
        this.names = names;
        this.statements = statements;
    }

    /// @param index of a text
    void forgetting(Cursor cursor, ServerSide to, Request by, int index, long length) {
        if (statements instanceof Statements.Shared
                && Forgetting.begins(cursor.data(), index, (int) Math.min(length, FORGETTING))) {
            to.forgets(by);
        }
    }

    /// Whether the cursor's simple query was the end of one of this client's statements.
    boolean query(Cursor cursor, ServerSide to, Output toServer) {
        long length = cursor.length();
        int text = cursor.at() + Cursor.HEADER;
        byte[] there =
                length > FORGETTING ? null : madeToGo(cursor, to, text, length - 6, toServer);
        if (there == null) {
            return false;
        }
        byte[] query = Deallocation.of(there);
        to.unnamed = 0;
        to.sends(Ending.NONE, null);
        toServer.room(Cursor.HEADER + query.length).writeByte('Q').writeInt(4 + query.length);
        toServer.room(query.length).writeBytes(query);
        to.ask(Request.QUERY, Answer.PASSES, null);
        cursor.drop(length, toServer);
        return true;
    }

    /// Where a text deallocates one of this client's statements: an empty one that the server can
    /// forget in its place.
    byte @Nullable [] madeToGo(
            Cursor cursor, ServerSide to, int text, long length, Output toServer) {
        boolean knowsTheServer = to.outstanding.isEmpty() && to.transaction != ServerSide.FAILED;
        if (!(statements instanceof Statements.Shared) || !knowsTheServer) {
            return null;
        }
        byte[] name = Deallocation.name(cursor.data(), text, (int) length);
        Prepared prepared =
                name == null ? null : names.find(Unpooled.wrappedBuffer(name), 0, name.length);
        if (prepared == null) {
            return null;
        }
        names.remove(prepared);
        cursor.flush(toServer);
        byte[] there = to.statements.freshName();
        OwnMessages.parse(there, Deallocation.EMPTY, toServer);
        to.ask(Request.PARSE, Answer.IS_DROPPED, null);
        to.deallocatesOwn();
        return there;
    }
}
