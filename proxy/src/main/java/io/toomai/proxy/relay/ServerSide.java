package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is known of one server connection: what it owes answers for, what it has prepared, where
/// its transaction stands. Both streams of a session work on it. Not thread safe: belongs to an
/// event loop.
public final class ServerSide {
    /// ReadyForQuery outside a transaction block.
    static final byte IDLE = 'I';

    /// ReadyForQuery in a transaction block that an error has ended.
    static final byte FAILED = 'E';

    /// Whose unnamed statement there is cannot be told.
    static final long UNKNOWN = -1;

    final Outstanding outstanding = new Outstanding();
    final ServerStatements statements;
    final Retry retry = new Retry();
    final Listening listening = new Listening();
    final CopyIn copy = new CopyIn();
    byte transaction = IDLE;

    /// Nothing has been asked since it last said that it is ready for a query. What a client sends
    /// before its Sync belongs together, also while all of it is answered.
    private boolean isReady = true;

    /// Something was asked that changes what names mean, and would not if the server failed before
    /// it got there.
    private boolean changesNames;

    /// Names that were changed count when the server has come to the end of what was asked; what
    /// the client sent behind its Sync waits for that.
    private boolean isSettling;

    private boolean mayHaveForgotten;

    /// How often a statement that is not known here is still to be deallocated.
    private int deallocations;

    /// Something is under way that may end a transaction.
    private boolean executes;

    /// Something was sent that may have ended a transaction so that its work is kept.
    private boolean mayHaveCommitted;

    /// A text of this transaction may end it.
    private boolean sawEnding;

    /// A text takes back what the transaction did.
    private boolean sawRollback;

    /// That was executed: whatever follows is of no transaction, or of another one.
    private boolean hasLeft;

    /// What is executed next was seen.
    private boolean sawText;

    /// What was bound last, where that matters when it is executed.
    private @Nullable Subject bound;

    /// A portal may be bound.
    private boolean binds;

    /// The client has not said Sync behind what it sent.
    private boolean isOpenPipeline;

    /// An error was answered and no Sync has been sent since: the server reads on and does nothing.
    boolean isSkipping;

    /// It does not know of that error: what it would have to skip is not sent to it.
    private boolean isSkippedForIt;

    /// A part of a message has gone to the client and the rest is still to come.
    boolean isMidMessage;

    /// It sends the data of COPY TO.
    boolean copiesOut;

    /// What it answers is for the proxy itself.
    boolean isAskedByProxy;

    /// How often it was ready for a query since it was opened, and how often outside a transaction
    /// block; what the proxy asked itself counts, too.
    private long answered;

    private long ended;

    /// How often it said that a COMMIT was done, perhaps long before it is ready again, or in a
    /// transaction block that another one follows.
    private long commits;

    /// Which Parse of an unnamed statement it got last; each has a number of its own in its pool.
    /// 0: there is none.
    long unnamed;

    /// @param room `max_prepared_statements`
    public ServerSide(int room) {
        this(room, Runtime.getRuntime().maxMemory() / 64);
    }

    /// @param most bytes of all prepared texts together
    ServerSide(int room, long most) {
        statements = new ServerStatements(room, most);
    }

    /// Everything is answered and no transaction is open: another client may have it.
    public boolean isFree() {
        return isReady && transaction == IDLE;
    }

    public boolean isInTransaction() {
        return transaction != IDLE;
    }

    public boolean hasFailedTransaction() {
        return transaction == FAILED;
    }

    public boolean isCopying() {
        return copiesOut || copy.isUnderWay();
    }

    /// It is not ready for a query before the client has said Sync.
    public boolean waitsForSync() {
        return !isReady && !outstanding.hasEnd();
    }

    public boolean owesAnswers() {
        return !outstanding.isEmpty();
    }

    /// Everything that was asked is answered, perhaps in a transaction that goes on.
    public boolean isReady() {
        return isReady;
    }

    /// How many queries it has answered.
    public long answered() {
        return answered;
    }

    /// How many transactions have ended there.
    public long ended() {
        return ended;
    }

    /// How many statements are prepared there for clients that share it.
    public int prepared() {
        return statements.size();
    }

    /// How many times it has told of something that was done for good.
    public long committals() {
        return ended + commits;
    }

    void committed() {
        commits++;
    }

    /// A client names statements as it likes, of which the names are not read, or has left and may
    /// have left some.
    public void leftUnnamed() {
        unnamed = UNKNOWN;
    }

    /// The proxy asks a simple query on its own account, while no client has the server.
    public void askItself() {
        ask(Request.QUERY, Answer.PASSES, null);
        isAskedByProxy = true;
        unnamed = 0; // so says the protocol
    }

    /// The proxy prepares so many statements on its own account, and ends that with a Sync.
    public void prepareItself(int count) {
        for (int i = 0; i < count; i++) {
            ask(Request.PARSE, Answer.IS_DROPPED, null);
        }
        ask(Request.SYNC, Answer.IS_DROPPED, null);
    }

    void ask(Request request, Answer answer, @Nullable Subject subject) {
        isReady = false;
        isOpenPipeline = request != Request.SYNC && request != Request.QUERY;
        executes |= request == Request.EXECUTE || request == Request.QUERY;
        if (request == Request.EXECUTE || request == Request.QUERY || request == Request.FUNCTION) {
            mayHaveCommitted |= !sawText || sawEnding || hasLeft || transaction == IDLE;
            hasLeft |= sawRollback;
        }
        if (request == Request.QUERY) {
            bound = null;
        }
        binds |= request == Request.BIND;
        changesNames |= subject != null && subject.changesNames();
        isSettling |= request == Request.QUERY && subject instanceof Listening.Alone;
        outstanding.add(request, answer, subject);
    }

    /// What is sent from here on meets a server that may have forgotten what was prepared. The end
    /// of a simple query is waited for; that of a pipeline cannot be: its answers come with the
    /// Sync.
    ///
    /// @param by how it is asked to
    void forgets(Request by) {
        statements.retireAll();
        if (by == Request.QUERY && !isOpenPipeline) {
            isSettling = true;
        } else {
            mayHaveForgotten = true;
        }
    }

    /// Whether the client has not said Sync behind what it sent: if that fails, what it sends next
    /// is not done.
    boolean isOpenPipeline() {
        return isOpenPipeline;
    }

    boolean mayHaveForgotten() {
        return mayHaveForgotten;
    }

    /// A text is sent to be executed. In a transaction block only the words of some commands keep
    /// its work; outside, and before the server has said that there is one, anything may.
    ///
    /// @param listening what it does to what the client listens to
    void sends(Ending ending, @Nullable Subject listening) {
        sawText = true;
        sawEnding |= ending == Ending.MAYBE || ending == Ending.COMMIT;
        sawRollback |= ending == Ending.ROLLBACK;
        bound = ending == Ending.COMMIT ? Subject.Commit.ALONE : listening;
    }

    /// The text of what is bound next is not known: it may be a COMMIT.
    void bindsUnknown() {
        sends(Ending.MAYBE, null);
    }

    /// A client has listened here, and that is not settled.
    public boolean hasListened() {
        return listening.hasListened();
    }

    public Listening listening() {
        return listening;
    }

    /// The client has not been told that the server is ready: it must be made to listen first.
    public boolean takeWithheldReady() {
        return listening.takeWithheldReady();
    }

    /// Whether what is not answered may be done for good.
    boolean mayHaveCommitted() {
        return mayHaveCommitted;
    }

    /// Whether something was done, and answered, that the client builds on: in a block, or in a
    /// pipeline whose Sync is still to come. Only the end of the transaction makes it last.
    boolean keepsWork() {
        return isInTransaction() || executes || binds;
    }

    /// The transaction has failed, and nothing that is under way could end it.
    boolean refusesAll() {
        return transaction == FAILED && !executes;
    }

    /// The client was told an error where the server has none, and has sent nothing behind.
    void skipsForClient() {
        isSkipping = true;
        isSkippedForIt = true;
    }

    /// Whether what it skips must not reach it.
    boolean isSkippedForIt() {
        return isSkipping && isSkippedForIt;
    }

    /// Whether it is about to do what makes the client's work last, and nothing before that: it may
    /// be waiting for a standby, and should not be stopped there.
    public boolean isCommitting() {
        return outstanding.executed() instanceof Subject.Commit;
    }

    /// What the next Execute runs.
    @Nullable Subject bound() {
        return bound;
    }

    /// The client said Sync.
    void synced() {
        isSkipping = false;
        isSkippedForIt = false;
        ask(Request.SYNC, Answer.PASSES, null);
        isSettling = changesNames;
    }

    /// Whether what the client sends belongs to COPY FROM: nothing but Syncs has been sent behind
    /// the command.
    boolean isInCopy() {
        return copy.isUnderWay() && outstanding.areSyncsBehindHead();
    }

    /// Whether a Sync in COPY may have an answer. To a simple query it has none, and one is enough
    /// to end what was asked by messages.
    boolean mayAnswerSyncInCopy() {
        return outstanding.head() == Request.EXECUTE && outstanding.size() == 1;
    }

    /// The client has ended its part of COPY.
    ///
    /// @return whether the server must be made to say how COPY went before more is sent
    boolean endsCopy() {
        boolean hasSynced = outstanding.size() > 1;
        copy.ends(hasSynced);
        return hasSynced && outstanding.head() == Request.EXECUTE;
    }

    /// COPY has gone well: the Syncs before its end were read as part of it and are not answered.
    void copied() {
        if (copy.succeeds()) {
            isSettling = false;
            outstanding.removeSyncsBehindHead();
        }
    }

    /// Whether a message is data for a COPY that may be about to begin: the server has not said so
    /// yet.
    boolean mayBeginCopy(byte type) {
        return isOfCopy(type)
                && copy.areAllKnown()
                && !copy.isUnderWay()
                && !isSkipping
                && outstanding.endsWithExecution();
    }

    private static boolean isOfCopy(byte type) {
        return type == 'd' || type == 'c' || type == 'f';
    }

    /// Whether a message must wait for the answer to the Sync before it.
    ///
    /// @throws ProtocolViolation for one too many, where no answers would come without more of them
    boolean holdsBack(byte type) {
        if (isTooMuch(type) || copy.isWaitedFor() || mayBeginCopy(type)) {
            return true;
        }
        boolean isSettled = !isSettling && !listening.isReadyWithheld() && copy.areAllKnown();
        return !isSettled && !isInCopy() && !isOfCopy(type);
    }

    /// Whether it may be one that the proxy answers itself, and the client should take the answers
    /// of others first.
    private boolean isTooMuch(byte type) {
        if ((type != 'P' && type != 'C') || !outstanding.isFull() || hasAnswerHere()) {
            return false;
        }
        if (copy.isUnderWay() || !outstanding.hasEnd()) {
            throw new ProtocolViolation(
                    "54000", "too many statements are prepared or closed without a Sync message");
        }
        return true;
    }

    /// The server said that it is ready for a query.
    void ready(byte status) {
        outstanding.remove();
        transaction = status;
        answered++;
        if (status == IDLE) {
            ended++;
        }
        copy.ready();
        if (status == IDLE) { // what was asked before has ended, for good or not
            executes = outstanding.executes();
            mayHaveCommitted = outstanding.executes();
            binds = outstanding.binds();
        }
        isReady = outstanding.isEmpty() && !isSkippedForIt();
        if (isReady) {
            copy.areKnown();
            isAskedByProxy = false;
            changesNames = false;
            mayHaveForgotten = false;
            deallocations = 0;
            executes = false;
            binds = false;
            isSettling = false;
            mayHaveCommitted = false;
            sawText = false;
            sawRollback &= status != IDLE;
            hasLeft = false;
            sawEnding &= status != IDLE;
        }
    }

    /// So many of the client's Syncs were answered since that was asked, and no more will be. If
    /// none ever was, its next one ends what the server has skipped: the proxy's own has done so
    /// already.
    ///
    /// @throws ProtocolViolation if the server has answered more than there were
    void knowsSwallowed(int answers, byte status) {
        for (int i = 0; i < answers; i++) {
            if (outstanding.head() != Request.SYNC) {
                throw new ProtocolViolation("the server is ready more often than it was asked");
            }
            ready(status);
        }
        transaction = status;
        while (outstanding.head() == Request.SYNC) {
            outstanding.remove();
        }
        outstanding.remove(); // the Close
        copy.areKnown();
        isSettling = false;
        if (copy.hasSkipped()) {
            skipsForClient();
        }
    }

    boolean hasAnswerHere() {
        return !isMidMessage
                && outstanding.head() != null
                && outstanding.headAnswer() == Answer.IS_MADE_HERE;
    }

    /// Gives the answers that are the proxy's and whose turn has come.
    void answerHere(Output toClient) {
        while (hasAnswerHere()) {
            ByteBuf out = toClient.room(5);
            out.writeByte(outstanding.head() == Request.PARSE ? '1' : '3').writeInt(4);
            outstanding.remove();
        }
    }

    /// The server skips to the next Sync: what it has not got to never happens.
    void failed(ClientStatements names) {
        listening.failed();
        copiesOut = false;
        Request head = outstanding.head();
        if (head == null || head == Request.QUERY || head == Request.FUNCTION) {
            copy.failsByQuery(outstanding.size() > 1 && outstanding.areSyncsBehindHead());
            return;
        }
        boolean dropsUnnamed = dropsUnnamed(head);
        boolean isOwn = outstanding.headAnswer() == Answer.IS_DROPPED;
        List<Subject> undone = new ArrayList<>();
        while (head != null && head != Request.SYNC) {
            Subject subject = outstanding.headSubject();
            if (subject != null) {
                undone.add(subject);
            }
            outstanding.remove();
            head = outstanding.head();
        }
        isSkipping = head == null;
        copy.failsByMessages(outstanding.areAllSyncs());
        for (Subject subject : undone.reversed()) {
            Undoing.undo(subject, this, names);
        }
        if (dropsUnnamed) {
            unnamed = 0;
            if (!isOwn) {
                names.unnamed(ClientStatements.Unnamed.NONE);
            }
        }
    }

    /// Whether the oldest request, which has failed, has cost the unnamed statement nevertheless: a
    /// Parse drops it before it looks at the text (PostgreSQL's `exec_parse_message`).
    private boolean dropsUnnamed(Request head) {
        return head == Request.PARSE && outstanding.headSubject() instanceof Subject.Nameless;
    }

    /// The server has forgotten all statements; those that were sent after the command that made it
    /// forget are still to come.
    void forgotAll(ClientStatements names) {
        ClientStatements.Unnamed latest = names.unnamed();
        names.clear();
        statements.clearAllBut(toldOfSince());
        outstanding.forEachSubject(subject -> {
            switch (subject) {
                case Subject.Named(var prepared, _, _) -> names.putBack(prepared);
                case Subject.Unnamed(var prepared) -> names.remove(prepared);
                case Subject.Nameless _ -> names.unnamed(latest);
                default -> {} // style: names mean what they meant
            }
        });
    }

    /// What the client deallocates next is an empty statement that was prepared for that.
    void deallocatesOwn() {
        deallocations++;
    }

    /// `DEALLOCATE` was done, and where it was not [#deallocatesOwn] nobody knows of what.
    void deallocated() {
        if (deallocations > 0) {
            deallocations--;
        } else {
            statements.retireAllBut(toldOfSince());
        }
    }

    /// The statements that the server is still to prepare.
    private Set<ServerStatements.Named> toldOfSince() {
        Set<ServerStatements.Named> all = new HashSet<>();
        outstanding.forEachSubject(subject -> {
            if (subject instanceof Subject.Named(_, var there, _) && there != null) {
                all.add(there);
            } else if (subject instanceof Subject.Again(var there)) {
                all.add(there);
            }
        });
        return all;
    }

    /// Whether what is asked next can be asked again if the server refuses it ([Retry]).
    boolean beginsNothing() {
        return transaction == IDLE && !mayHaveCommitted && !binds;
    }

    /// The server has refused the oldest request, because the statement is out of date.
    ///
    /// @param used the statement
    /// @return whether the client need not hear of it
    boolean outdated(ServerStatements.Named used, ClientStatements names) {
        return retired(used, names, retry.coversDescribed(outstanding.headNumber()));
    }

    /// The server does not have the statement of the oldest request any more; likewise.
    boolean missing(ServerStatements.Named used, ClientStatements names) {
        return retired(used, names, retry.covers(outstanding.headNumber()));
    }

    private boolean retired(ServerStatements.Named used, ClientStatements names, boolean canRetry) {
        failed(names);
        statements.retire(used); // last: what did not happen may have brought it back
        if (!canRetry) {
            return false;
        }
        if (outstanding.head() == Request.SYNC) {
            outstanding.dropHead();
        }
        isSettling = false;
        binds = false; // nothing of what was asked has happened
        executes = false;
        mayHaveCommitted = false;
        retry.want();
        return true;
    }

    /// What the client has sent is to be sent again, at once.
    public boolean wantsRetry() {
        return retry.isWanted();
    }

    /// Empties what belongs to one client, when that one leaves.
    void left() {
        outstanding.shrink();
    }

    @Nullable Subject headSubject() {
        return outstanding.isEmpty() ? null : outstanding.headSubject();
    }
}
