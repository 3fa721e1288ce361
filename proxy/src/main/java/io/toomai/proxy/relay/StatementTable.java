package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// The statements of a pool. One that no client holds any more stays for the next that prepares the
/// same, as long as there is room. Not thread safe: a pool belongs to one event loop.
public final class StatementTable {
    private final int room;
    private final long most;
    private final Map<Body, Statement> statements = new LinkedHashMap<>(16, 0.75f, true);

    @SuppressWarnings("ArrayRecordComponent") // never changed, compared by its bytes
    private record Body(byte[] bytes, int hash) {
        Body(byte[] bytes) {
            this(bytes, Arrays.hashCode(bytes));
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Body(var otherBytes, var otherHash)
                    && hash == otherHash
                    && Arrays.equals(bytes, otherBytes);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private long weight;
    private long byClients;
    private long atServers;
    private long binds;

    private final LongSupplier numbers;

    /// @param room how many that nobody holds are kept
    public StatementTable(int room) {
        this(room, new AtomicLong()::incrementAndGet);
    }

    /// @param numbers from 1, shared with tables whose clients meet on the same server
    public StatementTable(int room, LongSupplier numbers) {
        this(room, numbers, Runtime.getRuntime().maxMemory() / 8);
    }

    /// @param most bytes of all texts together
    StatementTable(int room, LongSupplier numbers, long most) {
        this.room = room;
        this.most = most;
        this.numbers = numbers;
    }

    /// @throws ProtocolViolation if there is no room for it
    Statement intern(ByteBuf from, int index, int length) {
        byte[] bytes = ByteBufUtil.getBytes(from, index, length, true);
        Statement found = statements.get(new Body(bytes));
        if (found != null) {
            return found;
        }
        if (isFull(length)) {
            forgetOldest(length);
        }
        if (weight + length > most) {
            throw new ProtocolViolation(
                    "54000", "the prepared statements of all clients are too long together");
        }
        weight += length;
        Statement made = new Statement(bytes);
        statements.put(new Body(bytes), made);
        return made;
    }

    /// A number that no unnamed statement of this pool had before.
    long number() {
        return numbers.getAsLong();
    }

    void parsedByClient() {
        byClients++;
    }

    void parsedAtServer() {
        atServers++;
    }

    void bound() {
        binds++;
    }

    /// How many named statements clients have parsed.
    public long parsesByClients() {
        return byClients;
    }

    /// How many of them servers had to.
    public long parsesAtServers() {
        return atServers;
    }

    /// How often a named statement was bound.
    public long binds() {
        return binds;
    }

    /// Of the texts, in bytes.
    long weight() {
        return weight;
    }

    public int size() {
        return statements.size();
    }

    private boolean isFull(int more) {
        return statements.size() >= room || weight + more > most;
    }

    /// Only as many as must go, from the one that was asked for longest ago: those that clients
    /// hold are passed over.
    private void forgetOldest(int more) {
        Iterator<Statement> oldestFirst = statements.values().iterator();
        while (isFull(more) && oldestFirst.hasNext()) {
            Statement oldest = oldestFirst.next();
            if (!oldest.isHeld()) {
                oldestFirst.remove();
                weight -= oldest.body().length;
            }
        }
    }
}
