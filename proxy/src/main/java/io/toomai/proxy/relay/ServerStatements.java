package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The statements that one server connection has prepared, as far as what was sent to it goes, and
/// their names there. No name is used twice on a connection: one that the server still has although
/// it was told to forget it (the `DEALLOCATE` failed) is in nobody's way. Not thread safe.
final class ServerStatements {
    private static final String PREFIX = "toomai_";

    private static final byte[] PREFIX_BYTES = PREFIX.getBytes(StandardCharsets.US_ASCII);

    private final int room;
    private final long most;
    private final Map<Statement, Named> known = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;
    private long last;

    /// Forgotten here, and still to be closed there.
    private final ArrayDeque<Named> leaving = new ArrayDeque<>();

    /// A statement under its name on this server.
    @SuppressWarnings("ArrayRecordComponent") // never changed, and compared by identity
    record Named(Statement statement, byte[] name) implements Subject {
        int length() {
            return statement.body().length;
        }
    }

    /// @param room `max_prepared_statements`: one more closes the one that was used longest ago
    /// @param most bytes of all texts together, likewise: some are of no client any more
    ServerStatements(int room, long most) {
        this.room = room;
        this.most = most;
    }

    /// Whether a name of a client's looks as if it had been given here.
    static boolean isOwnName(ByteBuf in, int index, int end) {
        int length = PREFIX_BYTES.length;
        return end - index > length
                && ByteBufUtil.equals(Unpooled.wrappedBuffer(PREFIX_BYTES), 0, in, index, length);
    }

    /// Its name here; it counts as used just now. Nothing where it is not prepared.
    @Nullable Named find(Statement statement) {
        return known.get(statement);
    }

    /// It is of no more use there: who wants it prepares it anew.
    void retire(Named named) {
        if (forget(named)) {
            leaving.add(named);
        }
    }

    private boolean forget(Named named) {
        boolean wasKnown = known.remove(named.statement(), named);
        if (wasKnown) {
            bytes -= named.length();
        }
        return wasKnown;
    }

    private void know(Named named) {
        known.put(named.statement(), named);
        bytes += named.length();
    }

    private void count() {
        bytes = known.values().stream().mapToLong(Named::length).sum();
    }

    /// The server may have forgotten any of them: none is known any more, and each is closed there
    /// before the next is prepared, whether the server has it or not.
    void retireAll() {
        leaving.addAll(known.values());
        known.clear();
        bytes = 0;
    }

    /// Likewise, but for those that it was told of since.
    void retireAllBut(Set<Named> later) {
        known.values().removeIf(each -> !later.contains(each) && leaving.add(each));
        count();
    }

    /// It was to be closed and is not.
    void stays(Named named) {
        leaving.add(named);
    }

    /// Takes out one that is to be closed there.
    @Nullable Named leaving() {
        return leaving.poll();
    }

    /// Takes out the one that was used longest ago, if there is no room for one more.
    @Nullable Named makeRoom(Statement more) {
        boolean fits = known.size() < room && bytes + more.body().length <= most;
        if (fits || known.isEmpty()) {
            return null;
        }
        Named leaving = known.values().iterator().next();
        forget(leaving);
        return leaving;
    }

    /// That nothing has had there.
    byte[] freshName() {
        return (PREFIX + ++last).getBytes(StandardCharsets.US_ASCII);
    }

    Named add(Statement statement) {
        Named named = new Named(statement, freshName());
        know(named);
        return named;
    }

    void putBack(Named named) {
        if (known.containsKey(named.statement())) {
            leaving.add(named);
        } else {
            know(named);
        }
    }

    /// Only under this very name: it may have been prepared anew since.
    void remove(Named named) {
        forget(named);
    }

    /// `DISCARD ALL` and `DEALLOCATE ALL` leave none but those that the server was told of since.
    void clearAllBut(Set<Named> later) {
        known.values().retainAll(later);
        count();
        leaving.retainAll(later);
    }

    int size() {
        return known.size();
    }
}
