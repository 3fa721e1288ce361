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
        this.room = room;
        this.numbers = numbers;
    }

    Statement intern(ByteBuf from, int index, int length) {
        byte[] bytes = ByteBufUtil.getBytes(from, index, length, true);
        Statement found = statements.get(new Body(bytes));
        if (found != null) {
            return found;
        }
        if (statements.size() >= room) {
            forgetOldest();
        }
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

    public int size() {
        return statements.size();
    }

    /// Only as many as must go, from the one that was asked for longest ago: those that clients
    /// hold are passed over.
    private void forgetOldest() {
        Iterator<Statement> oldestFirst = statements.values().iterator();
        while (statements.size() >= room && oldestFirst.hasNext()) {
            if (!oldestFirst.next().isHeld()) {
                oldestFirst.remove();
            }
        }
    }
}
