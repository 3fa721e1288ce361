package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/// A commit whose wait for a synchronous standby was canceled. PostgreSQL tells its client a
/// warning and success; who reads only the success believes in work that a failover may lose. Here
/// it becomes an error (decision 0035): in the place of the CommandComplete where the request ends
/// with that, else right before ReadyForQuery. Belongs to an event loop.
final class Unconfirmed {
    /// The words may be in any language, the name of the function that says them is not
    /// (PostgreSQL's `syncrep.c`). No text of a user's contains a NUL.
    private static final ByteBuf SAID_BY =
            Unpooled.unreleasableBuffer(
                    Unpooled.wrappedBuffer(
                            "\0RSyncRepWaitForLSN\0".getBytes(StandardCharsets.US_ASCII)));

    /// The connection ends: nothing is told as a success.
    private static final ByteBuf AND_ENDS =
            Unpooled.unreleasableBuffer(
                    Unpooled.wrappedBuffer("\0C57P01\0".getBytes(StandardCharsets.US_ASCII)));

    private static final String TEXT =
            "the commit was not confirmed by a synchronous standby: the wait for it was canceled";
    private static final String DETAIL =
            "A transaction of this request is committed on the primary alone, and is lost if the"
                    + " primary fails before a standby has received it.";
    private static final String HINT =
            "See whether its work is there before trying it again (unconfirmed_commit).";

    private State state = State.NOT_SEEN;
    private byte[] withheld = new byte[0];

    private enum State {
        NOT_SEEN,
        SEEN,
        /// The client has not been told yet that the command is complete.
        IS_WITHHELD,
        /// It has been, and hears of the error at the end.
        IS_GIVEN_BACK
    }

    /// @param index where the fields of a NoticeResponse begin
    static boolean isToldIn(ByteBuf in, int index, int length) {
        ByteBuf fields = in.slice(index, length);
        return ByteBufUtil.indexOf(SAID_BY, fields) >= 0
                && ByteBufUtil.indexOf(AND_ENDS, fields) < 0;
    }

    boolean isSeen() {
        return state != State.NOT_SEEN;
    }

    void seen() {
        state = State.SEEN;
    }

    /// @param index of a whole CommandComplete
    void withhold(ByteBuf in, int index, int length) {
        withheld = ByteBufUtil.getBytes(in, index, length, true);
        state = State.IS_WITHHELD;
    }

    boolean isWithheld() {
        return state == State.IS_WITHHELD;
    }

    /// There is more to come: the client hears of the command first.
    void giveBack(Output toClient) {
        toClient.room(withheld.length).writeBytes(withheld);
        goesOn();
    }

    void goesOn() {
        state = State.IS_GIVEN_BACK;
    }

    /// The next CommandComplete is that of the commit.
    boolean isToBeCompleted() {
        return state == State.SEEN;
    }

    void forget() {
        state = State.NOT_SEEN;
    }

    /// @param more of what happened afterwards
    void tell(Output toClient, String more) {
        state = State.NOT_SEEN;
        LostServer.writeError(
                toClient, new LostServer.Words(LostServer.UNKNOWN, TEXT, DETAIL + more, HINT));
    }
}
