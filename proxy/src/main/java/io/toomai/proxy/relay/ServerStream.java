package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// What a server sends to the client that it works for. Answers to what the proxy asked on its own
/// account are left out, those that are the proxy's are put in where their turn comes. Not thread
/// safe: belongs to an event loop.
public final class ServerStream {
    /// ErrorResponse, ParameterStatus and CommandComplete are read whole up to this length; a
    /// longer one goes on unread.
    private static final int LONGEST_READ = 64 << 10;

    private final Cursor cursor = new Cursor();
    private final ServerSide server;
    private final Notes notes;
    private final MessageRules rules;
    private boolean keepsLastWords;
    private @Nullable LastWords lastWords;

    /// With what a server ended a connection by itself.
    ///
    /// @param code SQLSTATE
    public record LastWords(String code, String text) {}

    private final Unconfirmed unconfirmed = new Unconfirmed();
    private Audience audience = Audience.NOBODY;
    private boolean refusesTransactions;

    /// It was not told that one is open: it will hear that there must be none.
    private boolean hasSeenTransaction;

    /// Of a ReadyForQuery of which it is not known yet whose it is.
    private byte lastStatus = ServerSide.IDLE;

    /// Who hears what the server says of its own accord: notices, notifications, parameters.
    private enum Audience {
        NOBODY,
        /// A client, but not the message that the server has begun before that client came.
        NEXT_MESSAGE,
        CLIENT
    }

    /// What a session learns on the way. Called on the event loop, must not block.
    public interface Notes {
        /// A parameter has a new value.
        void parameter(ByteBuf in, int index, int length);

        /// @param index where the fields of the ErrorResponse begin
        void error(ByteBuf in, int index, int length);

        /// The server is ready for a query and no transaction is open.
        default void isOutsideTransaction() {}

        /// A command was done that may have changed settings without a word: SET, RESET, DISCARD.
        void settingsMayHaveChanged();

        /// An answer to what the proxy asked itself has this row; a longer one than is read whole
        /// is left out.
        ///
        /// @param index where the columns of the DataRow begin
        default void row(ByteBuf in, int index, int length) {}

        /// Whether notifications come another way: what this server tells of its own is nobody's.
        default boolean listensApart() {
            return false;
        }

        /// The client has left a channel; or [Listening#ALL].
        default void unlistened(String channel) {}

        /// What becomes of the warning that a commit was not confirmed.
        default UnconfirmedCommit unconfirmedCommit() {
            return UnconfirmedCommit.ERROR;
        }
    }

    /// One that lets any message through.
    public ServerStream(ServerSide server, Notes notes) {
        this(server, notes, new MessageRules());
    }

    public ServerStream(ServerSide server, Notes notes, MessageRules rules) {
        this.server = server;
        this.notes = notes;
        this.rules = rules;
    }

    /// A client has the server from now on.
    public void link() {
        audience = cursor.heldBytes() > 0 ? Audience.NEXT_MESSAGE : Audience.CLIENT;
    }

    /// A client has it for single statements: it does not hear that a transaction block is open,
    /// because it will hear instead that there must be none.
    public void linkForStatements() {
        link();
        refusesTransactions = true;
    }

    /// No client has it.
    public void unlink() {
        refusesTransactions = false;
        hasSeenTransaction = false;
        audience = Audience.NOBODY;
    }

    /// Whether the client that has it for single statements must hear now that there was a
    /// transaction block, perhaps one that has ended since. What the server says without being
    /// asked for more comes first.
    public boolean mustRefuseTransaction() {
        return hasSeenTransaction && (!server.owesAnswers() || server.isOpenPipeline());
    }

    /// Whether the client is to hear that there must be no transaction block.
    boolean hasSeenTransaction() {
        return hasSeenTransaction;
    }

    /// Whether a client that has it for single statements must not be told so: it will be refused.
    private boolean isOfNoStatement(byte status) {
        hasSeenTransaction |= refusesTransactions && status != ServerSide.IDLE;
        return hasSeenTransaction;
    }

    /// Takes a buffer over and writes what the client gets to `toClient`.
    ///
    /// @throws ProtocolViolation whereupon this server is of no more use
    public void feed(ByteBuf in, ClientStream client, Output toClient) {
        cursor.open(in);
        try {
            walk(client, toClient);
        } catch (ProtocolViolation e) {
            cursor.abandon();
            throw e;
        }
    }

    private void walk(ClientStream client, Output toClient) {
        while (cursor.next(toClient)) {
            rules.checkServers(cursor);
            answerHere(toClient);
            if (!message(client, toClient)) {
                break;
            }
            if (audience == Audience.NEXT_MESSAGE) {
                audience = Audience.CLIENT;
            }
        }
        answerHere(toClient);
        cursor.close(toClient);
    }

    /// The error with which the server ends the connection does not go to the client: it will be
    /// told in words that let it go on.
    public void keepLastWords() {
        keepsLastWords = true;
    }

    @Nullable LastWords lastWords() {
        return lastWords;
    }

    /// A part of a message has gone to the client.
    public boolean isMidMessage() {
        return cursor.isInsideMessage();
    }

    public boolean isBetweenMessages() {
        return !cursor.isInsideMessage() && cursor.heldBytes() == 0;
    }

    private boolean message(ClientStream client, Output toClient) {
        byte type = cursor.type();
        long length = cursor.length();
        Outstanding outstanding = server.outstanding;
        if (outstanding.isEmpty() && !isUnasked(type)) {
            throw new ProtocolViolation(
                    "the server sent a message of type "
                            + (type & 0xff)
                            + " though nothing was asked");
        }
        if (unconfirmed.isWithheld() && !isUnasked(type) && type != 'Z') {
            cursor.flush(toClient);
            unconfirmed.giveBack(toClient);
        }
        switch (type) {
            case 'D' -> {
                return row(length);
            }
            case 'H', 'd', 'c', 'V', 't', 'W' -> {
                server.copiesOut = type == 'H' || type == 'd';
                cursor.pass(length);
            }
            case 'N' -> {
                return notice(length, toClient);
            }
            case 'A' -> {
                if (notes.listensApart()) {
                    cursor.drop(length, toClient);
                } else {
                    tell(length, toClient);
                }
            }
            case 'Z' -> {
                return ready(length, client, toClient);
            }
            case '1' -> answer(Request.PARSE, length, toClient);
            case '2' -> answer(Request.BIND, length, toClient);
            case '3' -> closed(length, toClient);
            case 'T', 'n' -> {
                if (outstanding.head() == Request.DESCRIBE) {
                    answer(Request.DESCRIBE, length, toClient);
                } else {
                    cursor.pass(length);
                }
            }
            case 'C' -> {
                return complete(length, client, toClient);
            }
            case 'I', 's' -> {
                if (outstanding.head() == Request.EXECUTE) {
                    answer(Request.EXECUTE, length, toClient);
                } else {
                    cursor.pass(length);
                }
            }
            case 'G' -> {
                server.copy.begins();
                cursor.pass(length);
            }
            case 'S' -> {
                if (!readable(length)) {
                    return false;
                }
                if (length <= LONGEST_READ) {
                    notes.parameter(cursor.data(), cursor.at() + Cursor.HEADER, bodyOf(length));
                }
                tell(length, toClient);
            }
            case 'E' -> {
                return error(length, client, toClient);
            }
            default ->
                    throw new ProtocolViolation(
                            "the server sent a message of type " + (type & 0xff));
        }
        return true;
    }

    private boolean row(long length) {
        if (server.isAskedByProxy) {
            if (!readable(length)) {
                return false;
            }
            if (length <= LONGEST_READ) {
                notes.row(cursor.data(), cursor.at() + Cursor.HEADER, bodyOf(length));
            }
        }
        cursor.pass(length);
        return true;
    }

    private static boolean isUnasked(byte type) {
        return type == 'N' || type == 'A' || type == 'S' || type == 'E';
    }

    private void tell(long length, Output toClient) {
        if (audience == Audience.CLIENT) {
            cursor.pass(length);
        } else {
            cursor.drop(length, toClient);
        }
    }

    private boolean notice(long length, Output toClient) {
        if (!readable(length)) {
            return false;
        }
        if (length <= LONGEST_READ
                && audience == Audience.CLIENT
                && !server.outstanding.isEmpty()
                && Unconfirmed.isToldIn(cursor.data(), cursor.at() + Cursor.HEADER, bodyOf(length))
                && notes.unconfirmedCommit() == UnconfirmedCommit.ERROR) {
            unconfirmed.seen();
        }
        tell(length, toClient);
        return true;
    }

    private boolean readable(long length) {
        return length > LONGEST_READ || cursor.has(length);
    }

    private static int bodyOf(long length) {
        return (int) length - Cursor.HEADER;
    }

    private void answer(Request to, long length, Output toClient) {
        Outstanding outstanding = server.outstanding;
        if (outstanding.head() != to) {
            throw new ProtocolViolation(
                    "the server answered a " + to + " where " + outstanding.head() + " was asked");
        }
        if (outstanding.headAnswer() == Answer.IS_DROPPED) {
            cursor.drop(length, toClient);
        } else {
            cursor.pass(length);
        }
        outstanding.remove();
    }

    private void closed(long length, Output toClient) {
        if (!server.copy.isAsked()) {
            answer(Request.CLOSE, length, toClient);
            return;
        }
        cursor.drop(length, toClient);
        int answers = server.copy.answered();
        for (int i = 0; i < answers; i++) {
            if (!isOfNoStatement(lastStatus)) {
                toClient.room(6).writeByte('Z').writeInt(5).writeByte(lastStatus);
            }
        }
        server.knowsSwallowed(answers, lastStatus);
    }

    private boolean ready(long length, ClientStream client, Output toClient) {
        if (!cursor.has(length)) {
            return false;
        }
        if (length != Cursor.HEADER + 1) {
            throw new ProtocolViolation("ReadyForQuery of " + length + " bytes");
        }
        Outstanding outstanding = server.outstanding;
        Request head = outstanding.head();
        if (head != Request.SYNC && head != Request.QUERY && head != Request.FUNCTION) {
            throw new ProtocolViolation("the server is ready where " + head + " was asked");
        }
        if (server.copy.isAsked()) {
            server.copy.readySinceAsked();
            lastStatus = cursor.data().getByte(cursor.at() + Cursor.HEADER);
            cursor.drop(length, toClient);
            return true;
        }
        if (unconfirmed.isSeen()) {
            cursor.flush(toClient);
            unconfirmed.tell(toClient, "");
        }
        byte status = cursor.data().getByte(cursor.at() + Cursor.HEADER);
        boolean isRefused = isOfNoStatement(status);
        if (mustListenFirst(status, client)) {
            server.listening.withholdReady();
            cursor.drop(length, toClient);
        } else if (outstanding.headAnswer() == Answer.IS_DROPPED || isRefused) {
            cursor.drop(length, toClient);
        } else {
            cursor.pass(length);
        }
        server.ready(status);
        if (status == ServerSide.IDLE) {
            notes.isOutsideTransaction();
        }
        return true;
    }

    /// Whether the client is not told that the server is ready before it listens elsewhere.
    private boolean mustListenFirst(byte status, ClientStream client) {
        if (status != ServerSide.IDLE
                || server.outstanding.headAnswer() != Answer.PASSES
                || !notes.listensApart()) {
            return false;
        }
        server.listening.ended(notes::unlistened);
        return server.outstanding.size() == 1
                && server.listening.hasListened()
                && !client.isMidMessage();
    }

    /// Never in the middle of a message of the server's.
    private void answerHere(Output toClient) {
        server.isMidMessage = cursor.isInsideMessage();
        if (server.hasAnswerHere()) {
            cursor.flush(toClient);
            server.answerHere(toClient);
        }
    }

    private boolean complete(long length, ClientStream client, Output toClient) {
        if (!readable(length)) {
            return false;
        }
        if (length <= LONGEST_READ) {
            done(Tag.read(cursor.data(), cursor.at() + Cursor.HEADER, bodyOf(length)), client);
        }
        server.copied();
        if (unconfirmed.isToBeCompleted() && cursor.has(length)) {
            return completeUnconfirmed(length, toClient);
        }
        if (server.outstanding.head() == Request.EXECUTE) {
            answer(Request.EXECUTE, length, toClient);
        } else {
            cursor.pass(length);
        }
        return true;
    }

    /// What the client has sent behind it is done all the same, and it hears so; then the error
    /// comes at the end. Where it has sent nothing yet, nothing more is sent before its Sync.
    private boolean completeUnconfirmed(long length, Output toClient) {
        boolean isQuery = server.outstanding.head() == Request.QUERY;
        if (!isQuery) {
            server.outstanding.remove();
        }
        if (isQuery || server.outstanding.head() == Request.SYNC) {
            unconfirmed.withhold(cursor.data(), cursor.at(), (int) length);
            cursor.drop(length, toClient);
        } else if (server.outstanding.isEmpty()) {
            cursor.drop(length, toClient);
            unconfirmed.tell(toClient, "");
            server.skipsForClient();
        } else {
            unconfirmed.goesOn();
            cursor.pass(length);
        }
        return true;
    }

    private void done(Tag tag, ClientStream client) {
        if (notes.listensApart()) {
            server.listening.completed(tag, server.headSubject());
        }
        switch (tag) {
            case DISCARD_ALL -> {
                server.forgotAll(client.names());
                notes.settingsMayHaveChanged();
            }
            case DEALLOCATE_ALL -> server.forgotAll(client.names());
            case DEALLOCATE -> server.deallocated();
            case SET, RESET -> notes.settingsMayHaveChanged();
            case COMMIT, COMMIT_PREPARED -> server.committed();
            case LISTEN, UNLISTEN, ROLLBACK, OTHER -> {}
        }
    }

    private boolean error(long length, ClientStream client, Output toClient) {
        if (!readable(length)) {
            return false;
        }
        if (length <= LONGEST_READ) {
            notes.error(cursor.data(), cursor.at() + Cursor.HEADER, bodyOf(length));
        }
        if (keepsLastWords && length <= LONGEST_READ && isLast(length)) {
            unconfirmed.forget();
            cursor.drop(length, toClient);
            return true;
        }
        if (unconfirmed.isSeen() && length <= LONGEST_READ) {
            ServerError next = fields(length);
            cursor.drop(length, toClient);
            unconfirmed.tell(
                    toClient,
                    " What followed has failed: " + next.message() + " (" + next.code() + ")");
            server.failed(client.names());
            return true;
        }
        if (server.headSubject() instanceof ServerStatements.Named used
                && length <= LONGEST_READ
                && isOfNoUse(fields(length))) {
            boolean again =
                    fields(length).isStalePlan()
                            ? server.outdated(used, client.names())
                            : server.missing(used, client.names());
            if (again) {
                cursor.drop(length, toClient);
            } else {
                cursor.pass(length);
            }
            return true;
        }
        tell(length, client, toClient);
        server.failed(client.names());
        return true;
    }

    /// With the name that the client knows where the server's words have its own.
    private void tell(long length, ClientStream client, Output toClient) {
        if (length > LONGEST_READ) {
            cursor.pass(length);
        } else if (server.headSubject() instanceof Subject.Twice(var prepared, var there)) {
            tellRenamed(length, there, prepared.name(), toClient);
        } else if (server.headSubject() instanceof ServerStatements.Named used
                && fields(length).isProtocolViolation()
                && client.names().find(used.statement()) instanceof Prepared(var name, _)) {
            tellRenamed(length, used.name(), name, toClient);
        } else {
            cursor.pass(length);
        }
    }

    private void tellRenamed(long length, byte[] from, byte[] to, Output toClient) {
        ByteBuf renamed = renamed(length, from, to);
        cursor.drop(length, toClient);
        toClient.copy(renamed, 0, renamed.readableBytes());
        renamed.release();
    }

    /// The statement that was used is out of date, or some client had the server forget it in a way
    /// that could not be seen.
    private static boolean isOfNoUse(ServerError error) {
        return error.isStalePlan() || error.isMissingStatement();
    }

    private ServerError fields(long length) {
        return ServerError.read(cursor.data().slice(cursor.at() + Cursor.HEADER, bodyOf(length)));
    }

    private boolean isLast(long length) {
        ServerError error = fields(length);
        if (!error.isLast()) {
            return false;
        }
        lastWords = new LastWords(error.code(), error.message());
        return true;
    }

    /// The server's words with the name that the client knows.
    private ByteBuf renamed(long length, byte[] from, byte[] to) {
        ByteBuf in = cursor.data().slice(cursor.at() + Cursor.HEADER, bodyOf(length));
        ByteBuf out = cursor.data().alloc().heapBuffer((int) length + to.length);
        out.writeByte('E').writeInt(0);
        ByteBuf name = Unpooled.wrappedBuffer(from);
        int found = ByteBufUtil.indexOf(name, in);
        if (found < 0) {
            out.writeBytes(in);
        } else {
            out.writeBytes(in, 0, found).writeBytes(to);
            out.writeBytes(in, found + from.length, in.readableBytes() - found - from.length);
        }
        return out.setInt(1, out.readableBytes() - 1);
    }

    public void release() {
        cursor.release();
    }
}
