package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/// What a client has sent since its first Bind (or Describe of a statement) after a Sync, so that
/// it can be sent once more if the server refuses just that with "cached plan must not change
/// result type": the table was altered after the statement had been prepared on this server, which
/// may have been for somebody else. The client never hears of it.
///
/// Why nothing is done twice: it is kept only where no transaction is open and nothing has been
/// asked before, in this pipeline or in one before it that is not answered yet, that executes
/// anything (Execute, Query, FunctionCall) or binds a portal. The error answers the request from
/// which on it is sent again, and after an error a server reads up to the Sync and does nothing. So
/// of what is sent again the server has done nothing, and what it did before (Parse, Describe,
/// Close) is neither undone by an error nor sent again. Nothing may have been sent behind the Sync:
/// it would be done out of order; where there is something, the client gets the error. So it does
/// where it asks for no description: drivers that ask once (asyncpg, pgjdbc) learn from the error
/// that the columns are others.
///
/// Not thread safe.
final class Retry {
    /// More is not kept; the client gets the error then.
    static final int MOST = 16 << 10;

    /// Describes of statements before a Bind.
    private static final int MOST_PLACES = 4;

    /// Each of several statements of a pipeline may be out of date.
    private static final int MOST_TRIES = 5;

    private byte[] kept = new byte[0];
    private int size;

    /// From where on it can be sent again: which request is refused then, and where its message
    /// begins.
    private final long[] requests = new long[MOST_PLACES];

    private final int[] places = new int[MOST_PLACES];
    private final boolean[] described = new boolean[MOST_PLACES];
    private int marked;
    private boolean wasDescribed;
    private int from;
    private int tries;
    private State state = State.OFF;

    private enum State {
        OFF,
        KEEPING,
        /// The Sync is among it.
        WHOLE,
        /// It is to be sent again.
        WANTED,
        /// It is being sent again.
        AGAIN
    }

    boolean isOn() {
        return state == State.KEEPING || state == State.WHOLE;
    }

    boolean isWanted() {
        return state == State.WANTED;
    }

    /// @param request the number of what is asked next, which is refused before anything is done
    /// @param index of the whole message that asks it
    void mark(long request, ByteBuf in, int index, int length) {
        if (!isOn()) {
            tries = state == State.AGAIN ? tries : 0;
            if (tries == MOST_TRIES) {
                return;
            }
            size = 0;
            marked = 0;
            state = State.KEEPING;
            keep(in, index, length);
        }
        if (marked < MOST_PLACES) {
            requests[marked] = request;
            places[marked] = size - length;
            described[marked] = false;
            marked++;
        }
    }

    /// Of what was marked last the client is told the columns before the first rows, or it knows
    /// none from before. Else it would take new ones for those: it must hear of the error.
    void isDescribed() {
        if (marked > 0) {
            described[marked - 1] = true;
        }
    }

    /// Whether that was so of what is sent again.
    boolean wasDescribed() {
        return wasDescribed;
    }

    /// One more message, all of which is there.
    void keep(ByteBuf in, int index, int length) {
        if (state == State.WHOLE || size + length > MOST) {
            state = State.OFF;
            return;
        }
        if (size + length > kept.length) {
            kept = Arrays.copyOf(kept, Math.max(512, (size + length) * 2));
        }
        in.getBytes(index, kept, size, length);
        size += length;
        if (in.getByte(index) == 'S') {
            state = State.WHOLE;
        }
    }

    /// Not to be kept.
    void spoil() {
        if (isOn()) {
            state = State.OFF;
        }
    }

    /// Whether all is there that follows from a request on.
    boolean covers(long request) {
        for (int i = 0; isOn() && i < marked; i++) {
            if (requests[i] == request) {
                from = places[i];
                wasDescribed = described[i];
                return true;
            }
        }
        return false;
    }

    /// The same, where the client is told which columns there are, or never knew of others.
    boolean coversDescribed(long request) {
        for (int i = 0; isOn() && i < marked; i++) {
            if (requests[i] == request) {
                return described[i] && covers(request);
            }
        }
        return false;
    }

    void want() {
        state = State.WANTED;
    }

    ByteBuf again() {
        state = State.AGAIN;
        tries++;
        return Unpooled.wrappedBuffer(Arrays.copyOfRange(kept, from, size));
    }

    void sentAgain() {
        if (state == State.AGAIN) {
            state = State.OFF;
        }
    }
}
