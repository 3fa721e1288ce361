package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

/// Tells a client what became of what it asked of a server that is gone, in such a way that it may
/// go on with another one (decision 0030). Nothing is asked again: whatever was sent may have been
/// done.
public final class LostServer {
    private static final String ROLLED_BACK = "57P01";
    static final String UNKNOWN = "08007";

    private final ServerSide server;
    private final ServerStream stream;
    private final ClientStream client;

    /// Whether a client can have another server.
    public enum Session {
        GOES_ON,
        /// What was on its way cannot be ended properly.
        IS_OVER
    }

    public LostServer(ServerSide server, ServerStream stream, ClientStream client) {
        this.server = server;
        this.stream = stream;
        this.client = client;
    }

    /// The SQLSTATE: of a transaction that is rolled back for sure, or of one about which nobody
    /// knows.
    public String code() {
        ServerStream.@Nullable LastWords last = stream.lastWords();
        if (server.mayHaveCommitted()) {
            return UNKNOWN;
        }
        return last == null ? ROLLED_BACK : last.code();
    }

    public String text() {
        ServerStream.@Nullable LastWords last = stream.lastWords();
        String end =
                server.mayHaveCommitted()
                        ? "whether the transaction was committed is not known"
                        : server.isFree()
                                ? "nothing was under way"
                                : "the transaction was rolled back and may be tried again";
        return "server conn crashed? " + (last == null ? "" : last.text() + "; ") + end;
    }

    /// Whether the client is between two messages of the server's, and can be told anything at all.
    public boolean canBeTold() {
        return !stream.isMidMessage();
    }

    /// Gives each request that is not answered an error, and the client its ReadyForQuery.
    public Session tell(Output toClient) {
        if (!canBeTold()
                || server.copy.isUnderWay()
                || !server.copy.areAllKnown()
                || stream.hasSeenTransaction()
                || client.isMidMessage()) {
            return Session.IS_OVER;
        }
        if (server.takeWithheldReady()) {
            writeError(toClient, "57P03", "the server was lost before LISTEN took effect");
            writeReady(toClient);
            return Session.GOES_ON;
        }
        boolean owesNothing = server.outstanding.isEmpty();
        boolean skips = server.isSkipping;
        while (!server.outstanding.isEmpty()) {
            skips = tellHead(toClient);
        }
        if (skips) {
            client.owesSync();
        } else if (owesNothing && server.keepsWork()) {
            client.owesError(code(), text());
        }
        return Session.GOES_ON;
    }

    /// @return whether the client's Sync is still to come
    private boolean tellHead(Output toClient) {
        Request head = server.outstanding.head();
        if (server.outstanding.headAnswer() == Answer.IS_DROPPED
                && (head == Request.SYNC || head == Request.QUERY || head == Request.FUNCTION)) {
            server.outstanding.remove(); // the client does not wait for it
            return server.isSkipping;
        }
        writeError(toClient, code(), text());
        server.failed(client.names());
        if (server.outstanding.isEmpty()) {
            return true;
        }
        server.outstanding.remove();
        writeReady(toClient);
        return false;
    }

    /// Outside a transaction block.
    public static void writeReady(Output to) {
        to.room(6).writeByte('Z').writeInt(5).writeByte(ServerSide.IDLE);
    }

    /// @param detail empty where there is none
    /// @param hint likewise
    record Words(String code, String text, String detail, String hint) {
        int length() {
            return text.length() + detail.length() + hint.length();
        }
    }

    public static void writeError(Output to, String code, String text) {
        writeError(to, new Words(code, text, "", ""));
    }

    static void writeError(Output to, Words words) {
        ByteBuf out = to.room(64 + words.length() * 3);
        out.writeByte('E');
        int start = out.writerIndex();
        out.writeInt(0);
        field(out, 'S', "ERROR");
        field(out, 'V', "ERROR");
        field(out, 'C', words.code());
        field(out, 'M', words.text());
        if (!words.detail().isEmpty()) {
            field(out, 'D', words.detail());
        }
        if (!words.hint().isEmpty()) {
            field(out, 'H', words.hint());
        }
        out.writeByte(0);
        out.setInt(start, out.writerIndex() - start);
    }

    private static void field(ByteBuf out, char type, String value) {
        out.writeByte(type);
        ByteBufUtil.writeUtf8(out, value);
        out.writeByte(0);
    }
}
