package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// Messages about prepared statements that the proxy sends in its own words.
final class OwnMessages {
    /// To be closed without effect: nobody's portal has this name.
    private static final byte[] NO_PORTAL =
            "toomai: the end of COPY\0".getBytes(StandardCharsets.US_ASCII);

    private OwnMessages() {}

    /// What must go for one statement more.
    static void evict(ServerSide to, Statement more, Output toServer) {
        ServerStatements.Named outdated = to.statements.leaving();
        while (outdated != null) {
            close(outdated.name(), toServer);
            to.ask(Request.CLOSE, Answer.IS_DROPPED, new Subject.Retired(outdated));
            outdated = to.statements.leaving();
        }
        ServerStatements.Named leaving = to.statements.makeRoom(more);
        while (leaving != null) {
            close(leaving.name(), toServer);
            to.ask(Request.CLOSE, Answer.IS_DROPPED, new Subject.Evicted(leaving));
            leaving = to.statements.makeRoom(more);
        }
    }

    /// What is to be known before the message at the cursor is sent: which of the client's Syncs
    /// the server has read as a part of COPY ([CopyIn]), or whether COPY begins at all.
    static void askForCopy(ServerSide to, Cursor cursor, Output toServer) {
        if (to.mayBeginCopy(cursor.type())) {
            cursor.flush(toServer);
            flush(toServer);
        } else if (to.copy.areInDoubt()) {
            cursor.flush(toServer);
            sync(to, toServer);
            ByteBuf out = toServer.room(Cursor.HEADER + 1 + NO_PORTAL.length);
            out.writeByte('C').writeInt(4 + 1 + NO_PORTAL.length);
            out.writeByte('P').writeBytes(NO_PORTAL);
            to.ask(Request.CLOSE, Answer.IS_DROPPED, null);
            sync(to, toServer);
            to.copy.areAskedFor();
        }
    }

    /// Whatever the server has to say it says now.
    static void flush(Output toServer) {
        toServer.room(Cursor.HEADER).writeByte('H').writeInt(4);
    }

    private static void sync(ServerSide to, Output toServer) {
        toServer.room(Cursor.HEADER).writeByte('S').writeInt(4);
        to.ask(Request.SYNC, Answer.IS_DROPPED, null);
    }

    /// Its name on the server, which is told of it first where it does not have it.
    static ServerStatements.Named prepareIfMissing(
            Statement statement, ServerSide to, StatementTable table, Output toServer) {
        ServerStatements.Named known = to.statements.find(statement);
        if (known != null) {
            return known;
        }
        evict(to, statement, toServer);
        ServerStatements.Named there = to.statements.add(statement);
        table.parsedAtServer();
        parse(there.name(), statement.body(), toServer);
        to.ask(Request.PARSE, Answer.IS_DROPPED, new Subject.Again(there));
        return there;
    }

    static void close(byte[] name, Output toServer) {
        ByteBuf out = toServer.room(Cursor.HEADER + name.length + 2);
        out.writeByte('C').writeInt(4 + 1 + name.length + 1);
        out.writeByte('S').writeBytes(name).writeByte(0);
    }

    static void parse(byte[] name, byte[] body, Output toServer) {
        ByteBuf out = toServer.room(Cursor.HEADER + name.length + 1 + body.length);
        out.writeByte('P').writeInt(4 + name.length + 1 + body.length);
        out.writeBytes(name).writeByte(0).writeBytes(body);
    }

    /// @param text with its NUL
    /// @param types what follows the text in a Parse message
    static void parseUnnamed(byte[] text, ByteBuf types, Output toServer) {
        int length = 4 + 1 + text.length + types.readableBytes();
        ByteBuf out = toServer.room(1 + length);
        out.writeByte('P').writeInt(length).writeByte(0).writeBytes(text).writeBytes(types);
    }

    /// Of the text that begins there, without its NUL.
    static int textLength(ByteBuf in, int index, int end) {
        int nul = in.indexOf(index, end, (byte) 0);
        if (nul < 0) {
            throw new ProtocolViolation("a text in a message does not end");
        }
        return nul - index;
    }
}
