package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.toomai.proxy.relay.ClientStatements.Unnamed;
import org.jspecify.annotations.Nullable;

/// What a client sends after its login, on its way to a server. Only headers are read but for the
/// messages that name prepared statements: those get the statement's name on the server that they
/// go to, and before them what prepares it there, if need be. Not thread safe: belongs to an event
/// loop.
public final class ClientStream {
    private Cursor cursor = new Cursor();
    private final ClientStatements names = new ClientStatements();
    private final Statements statements;
    private final MessageRules rules;
    private final Deallocating deallocating;
    private final Output toClient;
    private @Nullable ServerSide server;
    private final Owed owed = new Owed();
    private final OwnTexts texts = new OwnTexts();
    private final UnnamedStatement unnamed;

    /// It has been told of notifications.
    private boolean isListening;

    /// What was sent is sent again.
    private boolean isRepeating;

    /// A long message is gathered for a server that it has.
    private boolean isGathering;

    /// What it prepared last since its Sync: nobody has told it yet which columns that has.
    private @Nullable Prepared newest;

    /// What must happen before more can be read.
    public enum Want {
        MORE_BYTES,
        A_SERVER,
        /// To be tried again when the server has answered.
        ANSWERS,
        THE_END
    }

    /// One that lets any message through.
    public ClientStream(Statements statements, Output toClient) {
        this(statements, toClient, new MessageRules());
    }

    public ClientStream(Statements statements, Output toClient, MessageRules rules) {
        this.statements = statements;
        this.rules = rules;
        deallocating = new Deallocating(names, statements);
        unnamed = new UnnamedStatement(names, statements, texts);
        this.toClient = toClient;
    }

    public void link(ServerSide to) {
        server = to;
    }

    public void unlink() {
        server = null;
        isGathering = false;
    }

    ClientStatements names() {
        return names;
    }

    /// How many statements this client has prepared.
    public int prepared() {
        return names.size();
    }

    /// Whether the session may have set what its server does not list: a parameter with a name of
    /// its own. Known only of one that may move.
    public boolean mayHaveSetUnseen() {
        return !texts.isAllSeen();
    }

    /// Bytes that are held back.
    public int heldBytes() {
        return cursor.heldBytes();
    }

    /// Takes a buffer over and writes what follows from it to `toServer`. What cannot be sent yet
    /// is held; an empty buffer tries it again.
    ///
    /// @throws ProtocolViolation whereupon nothing more may be fed
    public Want feed(ByteBuf in, Output toServer) {
        cursor.open(in);
        try {
            return walk(toServer);
        } catch (ProtocolViolation e) {
            cursor.abandon();
            throw e;
        }
    }

    private Want walk(Output toServer) {
        Want want = Want.MORE_BYTES;
        isGathering = false;
        while (cursor.next(toServer)) {
            rules.checkClients(cursor);
            ServerSide to = server;
            if (to == null && owed.isNothing() && !Beginning.isThere(cursor, statements)) {
                break;
            } else if (to == null) {
                want = unlinked(toServer);
                if (want != Want.MORE_BYTES) {
                    break;
                }
            } else if (cursor.type() == 'X') {
                want = Want.THE_END;
                break;
            } else if (to.holdsBack(cursor.type())) {
                OwnMessages.askForCopy(to, cursor, toServer);
                want = Want.ANSWERS;
                break;
            } else if (!message(to, toServer)) {
                isGathering = cursor.length() > Beginning.LONG && cursor.has(Beginning.LONG);
                break;
            }
        }
        cursor.close(toServer);
        ServerSide to = server;
        if (to != null) {
            to.answerHere(toClient);
        }
        return want;
    }

    /// A message has come in part, and has gone to a server so.
    public boolean isMidMessage() {
        return cursor.isInsideMessage();
    }

    /// Part of a long message has gone to its server, or waits for the rest in order to go there.
    public boolean keepsServer() {
        return isGathering || cursor.isInsideMessage();
    }

    /// The server is gone in the middle of a transaction: the next request hears of it.
    void owesError(String code, String text) {
        owed.error(code, text);
    }

    /// The request that waits for a server is refused; an empty feed must follow.
    public void refuse(String code, String text) {
        if (owed.isNothing()) {
            owesError(code, text);
        }
    }

    /// The server is gone, the client has heard of it, and its Sync is still to come.
    void owesSync() {
        owed.sync();
    }

    /// Without a server only what has no meaning outside a transaction can be dealt with.
    private Want unlinked(Output toServer) {
        if (!owed.isNothing() && cursor.type() != 'X') {
            owed.pay(cursor.type(), toClient);
            cursor.drop(cursor.length(), toServer);
            return Want.MORE_BYTES;
        }
        return switch (cursor.type()) {
            case 'X' -> Want.THE_END;
            case 'd', 'c', 'f', 'H' -> {
                cursor.drop(cursor.length(), toServer);
                yield Want.MORE_BYTES;
            }
            default -> Want.A_SERVER;
        };
    }

    /// @return whether the message was there as far as it is needed
    private boolean message(ServerSide to, Output toServer) {
        byte type = cursor.type();
        long length = cursor.length();
        if (to.isSkipping && type != 'S') {
            if (to.isSkippedForIt()) {
                cursor.drop(length, toServer);
            } else {
                cursor.pass(length);
            }
            return true;
        }
        if (to.retry.isOn() && !keep(to, length)) {
            return false;
        }
        switch (type) {
            case 'Q' -> {
                int read = isListening ? Listening.LONGEST_QUERY : Deallocating.FORGETTING;
                if (!cursor.has(Math.min(length, read))
                        || !lookThrough(cursor.at() + Cursor.HEADER, length - Cursor.HEADER)) {
                    return false;
                }
                Subject dropped = unnamed.endsWithQuery(to);
                if (deallocating.query(cursor, to, toServer)) {
                    return true;
                }
                Ending ending = Ending.ofQuery(cursor, to);
                to.sends(ending, listeningOf(length));
                to.unnamed = 0;
                deallocating.forgetting(
                        cursor,
                        to,
                        Request.QUERY,
                        cursor.at() + Cursor.HEADER,
                        length - Cursor.HEADER);
                to.ask(Request.QUERY, Answer.PASSES, dropped == null ? to.bound() : dropped);
                cursor.pass(length);
            }
            case 'S' -> {
                newest = null;
                if (to.isInCopy() && !to.mayAnswerSyncInCopy()) {
                    cursor.drop(length, toServer); // the server would read it and say nothing
                } else {
                    to.synced();
                    cursor.pass(length);
                }
            }
            case 'E' -> {
                to.ask(Request.EXECUTE, Answer.PASSES, to.bound());
                cursor.pass(length);
            }
            case 'F' -> request(to, Request.FUNCTION, length);
            case 'd', 'H' -> cursor.pass(length);
            case 'c', 'f' -> {
                return CopyEnd.take(cursor, to, toServer);
            }
            case 'P' -> {
                return parse(to, length, toServer);
            }
            case 'B' -> {
                return bind(to, length, toServer);
            }
            case 'D', 'C' -> {
                return describeOrClose(to, type, length, toServer);
            }
            default ->
                    throw new ProtocolViolation("invalid frontend message type " + (type & 0xff));
        }
        return true;
    }

    private @Nullable Subject listeningOf(long length) {
        int text = cursor.at() + Cursor.HEADER;
        int textLength = (int) Math.min(length, Integer.MAX_VALUE) - Cursor.HEADER - 1;
        if (isListening && length <= Listening.LONGEST_QUERY) {
            return Listening.readAll(cursor.data(), text, textLength);
        }
        return length > Ending.LONGEST_ALONE
                ? null
                : Listening.read(cursor.data(), text, textLength);
    }

    /// Its queries are read for what it does not want to hear any more.
    public void listens() {
        isListening = true;
    }

    /// @return whether the message is there; otherwise it is waited for
    private boolean keep(ServerSide to, long length) {
        if (length > Retry.MOST) {
            to.retry.spoil();
        } else if (isThere(length)) {
            to.retry.keep(cursor.data(), cursor.at(), (int) length);
        } else {
            return false;
        }
        return true;
    }

    /// Whether all of a message is there that may have to be sent again. Of a Bind it must be known
    /// what follows.
    private boolean isThere(long length) {
        boolean needsNext = cursor.type() == 'B' && !isRepeating;
        return needsNext ? Beginning.isThereWithNext(cursor, length) : cursor.has(length);
    }

    /// Sends again what the server has not done ([Retry]); to be called where the server wants it,
    /// before more of the client's is fed.
    public void retry(Output toServer) {
        ServerSide to = server;
        if (to == null) {
            return;
        }
        if (to.outstanding.isEmpty() && to.isSkipping) { // the client's Sync is still to come
            to.isSkipping = false;
            toServer.room(Cursor.HEADER).writeByte('S').writeInt(4);
            to.ask(Request.SYNC, Answer.IS_DROPPED, null);
        }
        Cursor own = cursor;
        isRepeating = true;
        cursor = new Cursor();
        cursor.open(to.retry.again());
        boolean goesOn = true;
        while (goesOn && cursor.next(toServer)) {
            goesOn = message(to, toServer);
        }
        cursor.close(toServer);
        cursor = own;
        isRepeating = false;
        to.retry.sentAgain();
        to.answerHere(toClient);
    }

    private void request(ServerSide to, Request request, long length) {
        to.ask(request, Answer.PASSES, null);
        cursor.pass(length);
    }

    /// @return whether enough of the text is here
    private boolean lookThrough(int index, long length) {
        return !(statements instanceof Statements.OfOneThatMoves)
                || texts.lookThrough(cursor, index, length);
    }

    /// In a session that may move. Its server lists all statements but the unnamed one.
    private boolean parseAsItIs(ServerSide to, long length, StatementTable table) {
        int name = cursor.at() + Cursor.HEADER;
        if (!lookThrough(name, length - Cursor.HEADER)
                || (texts.isAllSeen() ? !cursor.has(length) : !cursor.has(Cursor.HEADER + 1))) {
            return false;
        }
        if (length > Cursor.HEADER && cursor.data().getByte(name) == 0) {
            byte[] body =
                    texts.isAllSeen()
                            ? ByteBufUtil.getBytes(
                                    cursor.data(), name + 1, (int) length - Cursor.HEADER - 1, true)
                            : new byte[0];
            unnamed.becomes(new Unnamed(body, table.number(), Ending.MAYBE), to, Request.PARSE);
        } else {
            to.ask(Request.PARSE, Answer.PASSES, null);
        }
        cursor.pass(length);
        return true;
    }

    private boolean parse(ServerSide to, long length, Output toServer) {
        if (statements instanceof Statements.OfOneThatMoves(var table)) {
            return parseAsItIs(to, length, table);
        }
        if (!(statements instanceof Statements.Shared(var table))) {
            to.leftUnnamed();
            request(to, Request.PARSE, length);
            return true;
        }
        if (!Beginning.isWhole(cursor, length)) {
            return false;
        }
        ByteBuf in = cursor.data();
        int name = cursor.at() + Cursor.HEADER;
        int end = cursor.at() + (int) length;
        int nameLength = OwnMessages.textLength(in, name, end);
        int body = name + nameLength + 1;
        if (nameLength == 0) {
            parseUnnamed(to, body, table, toServer);
            return true;
        }
        deallocating.forgetting(cursor, to, Request.PARSE, body, end - body);
        table.parsedByClient();
        Prepared before = names.find(in, name, nameLength);
        if (before != null && !to.mayHaveForgotten()) {
            cursor.flush(toServer);
            Statement refused = table.intern(in, body, end - body);
            byte[] there = OwnMessages.prepareIfMissing(refused, to, table, toServer).name();
            OwnMessages.parse(there, refused.body(), toServer);
            to.ask(Request.PARSE, Answer.PASSES, new Subject.Twice(before, there));
            cursor.drop(length, toServer);
            return true;
        }
        if (before != null) {
            names.remove(before);
        }
        Prepared prepared = names.add(in, name, nameLength, table.intern(in, body, end - body));
        newest = prepared;
        if (!to.refusesAll() && to.statements.find(prepared.statement()) != null) {
            to.ask(Request.PARSE, Answer.IS_MADE_HERE, new Subject.Named(prepared, null, before));
        } else {
            cursor.flush(toServer);
            OwnMessages.evict(to, prepared.statement(), toServer);
            ServerStatements.Named there = to.statements.add(prepared.statement());
            table.parsedAtServer();
            OwnMessages.parse(there.name(), prepared.statement().body(), toServer);
            to.ask(Request.PARSE, Answer.PASSES, new Subject.Named(prepared, there, before));
        }
        cursor.drop(length, toServer);
        return true;
    }

    /// @param body index of the text
    private void parseUnnamed(ServerSide to, int body, StatementTable table, Output toServer) {
        ByteBuf in = cursor.data();
        long length = cursor.length();
        int end = cursor.at() + (int) length;
        int textLength = OwnMessages.textLength(in, body, end);
        byte[] goes = deallocating.madeToGo(cursor, to, body, textLength, toServer);
        if (goes == null) {
            deallocating.forgetting(cursor, to, Request.PARSE, body, end - body);
        }
        unnamed.becomes(
                new Unnamed(
                        ByteBufUtil.getBytes(in, body, end - body, true),
                        table.number(),
                        Ending.of(in, body, textLength)),
                to,
                Request.PARSE);
        if (goes == null) {
            cursor.pass(length);
        } else {
            int types = body + textLength + 1;
            OwnMessages.parseUnnamed(Deallocation.of(goes), in.slice(types, end - types), toServer);
            cursor.drop(length, toServer);
        }
    }

    private boolean bind(ServerSide to, long length, Output toServer) {
        if (statements instanceof Statements.AsTheyAre) {
            return bindUnknown(to, length);
        }
        ByteBuf in = cursor.data();
        int start = cursor.at();
        int end = start + (int) Math.min(length, in.readableBytes());
        int portal = start + Cursor.HEADER;
        int portalEnd = in.indexOf(portal, end, (byte) 0);
        int nameEnd = portalEnd < 0 ? -1 : in.indexOf(portalEnd + 1, end, (byte) 0);
        if (nameEnd < 0) {
            return bindWithoutNames(to, length, end - start);
        }
        int nameLength = nameEnd - portalEnd - 1;
        if (nameLength == 0) {
            unnamed.parseIfMissing(cursor, to, toServer);
            to.sends(names.unnamed().ending(), names.unnamed().listening());
            request(to, Request.BIND, length);
            return true;
        }
        Prepared prepared = names.find(in, portalEnd + 1, nameLength);
        if (prepared == null || !(statements instanceof Statements.Shared(var table))) {
            return bindUnknown(to, length); // the server says if there is none
        }
        boolean mayRetry = to.beginsNothing() && length <= Retry.MOST;
        if (mayRetry && !isThere(length)) {
            return false;
        }
        to.sends(prepared.statement().ending(), prepared.statement().listening());
        cursor.flush(toServer);
        table.bound();
        ServerStatements.Named used =
                OwnMessages.prepareIfMissing(prepared.statement(), to, table, toServer);
        byte[] there = used.name();
        if (mayRetry) {
            mark(to, prepared, (int) length);
        }
        int portalLength = portalEnd - portal;
        ByteBuf out = toServer.room(Cursor.HEADER + portalLength + there.length + 2);
        out.writeByte('B').writeInt((int) (length - 1 - nameLength + there.length));
        out.writeBytes(in, portal, portalLength + 1).writeBytes(there).writeByte(0);
        to.ask(Request.BIND, Answer.PASSES, used);
        cursor.passAfter(nameEnd + 1 - start, length, toServer);
        return true;
    }

    /// The cursor's Bind may be sent again.
    private void mark(ServerSide to, Prepared prepared, int length) {
        ByteBuf in = cursor.data();
        to.retry.mark(to.outstanding.nextNumber(), in, cursor.at(), length);
        boolean isTold =
                cursor.has(length + 1)
                        ? in.getByte(cursor.at() + length) == 'D'
                        : to.retry.wasDescribed();
        if (isTold || prepared.equals(newest)) {
            to.retry.isDescribed();
        }
    }

    /// @param here bytes of it
    private boolean bindWithoutNames(ServerSide to, long length, int here) {
        if (here < length && here <= Beginning.LONGEST_NAMES) {
            return false;
        }
        if (!(statements instanceof Statements.OfOneThatMoves)) {
            throw new ProtocolViolation("a Bind message whose names do not end");
        }
        return bindUnknown(to, length); // the server's to refuse
    }

    private boolean bindUnknown(ServerSide to, long length) {
        to.bindsUnknown();
        request(to, Request.BIND, length);
        return true;
    }

    private boolean describeOrClose(ServerSide to, byte type, long length, Output toServer) {
        Request request = type == 'D' ? Request.DESCRIBE : Request.CLOSE;
        if (statements instanceof Statements.AsTheyAre
                || (length > Beginning.LONGEST_NAMES
                        && statements instanceof Statements.OfOneThatMoves)) {
            if (request == Request.CLOSE) {
                to.leftUnnamed();
            }
            request(to, request, length);
            return true;
        }
        if (length > Beginning.LONGEST_NAMES) {
            throw new ProtocolViolation("a message names a statement in " + length + " bytes");
        }
        if (!cursor.has(length)) {
            return false;
        }
        ByteBuf in = cursor.data();
        int kind = cursor.at() + Cursor.HEADER;
        int end = cursor.at() + (int) length;
        if (end - kind < 2) {
            throw new ProtocolViolation("a message of type '" + (char) type + "' without a name");
        }
        int nameLength = OwnMessages.textLength(in, kind + 1, end);
        if (in.getByte(kind) != 'S') {
            request(to, request, length);
        } else if (nameLength == 0) {
            if (request == Request.DESCRIBE) {
                unnamed.parseIfMissing(cursor, to, toServer);
                to.ask(request, Answer.PASSES, null);
            } else {
                unnamed.becomes(Unnamed.NONE, to, request);
            }
            cursor.pass(length);
        } else {
            Prepared prepared = names.find(in, kind + 1, nameLength);
            if (prepared == null || !(statements instanceof Statements.Shared(var table))) {
                nobodys(to, request, kind + 1, toServer);
            } else if (request == Request.DESCRIBE) {
                describe(to, prepared, table, toServer);
                cursor.drop(length, toServer);
            } else {
                names.remove(prepared);
                to.ask(Request.CLOSE, Answer.IS_MADE_HERE, new Subject.Unnamed(prepared));
                cursor.drop(length, toServer);
            }
        }
        return true;
    }

    /// The server says that there is none; where names are the proxy's, it could be somebody
    /// else's.
    private void nobodys(ServerSide to, Request request, int name, Output toServer) {
        int end = cursor.at() + (int) cursor.length();
        if (request == Request.CLOSE
                && statements instanceof Statements.Shared
                && ServerStatements.isOwnName(cursor.data(), name, end)) {
            to.ask(Request.CLOSE, Answer.IS_MADE_HERE, null);
            cursor.drop(cursor.length(), toServer);
        } else {
            request(to, request, cursor.length());
        }
    }

    private void describe(ServerSide to, Prepared prepared, StatementTable table, Output toServer) {
        cursor.flush(toServer);
        ServerStatements.Named used =
                OwnMessages.prepareIfMissing(prepared.statement(), to, table, toServer);
        byte[] there = used.name();
        if (to.beginsNothing()) {
            int length = (int) cursor.length();
            to.retry.mark(to.outstanding.nextNumber(), cursor.data(), cursor.at(), length);
            to.retry.isDescribed();
        }
        ByteBuf out = toServer.room(Cursor.HEADER + there.length + 2);
        out.writeByte('D').writeInt(4 + 1 + there.length + 1);
        out.writeByte('S').writeBytes(there).writeByte(0);
        to.ask(Request.DESCRIBE, Answer.PASSES, used);
    }

    /// Gives everything back; the client is gone.
    public void release() {
        cursor.release();
        names.clear();
    }
}
