package io.toomai.proxy.pool;

/// What has gone through a pool since it was made. Belongs to one event loop.
public final class Statistics {
    private static final long MICRO = 1000;

    private final Latencies queryTimes = new Latencies();
    private final Latencies transactionTimes = new Latencies();
    private final Latencies waitTimes = new Latencies();
    private long assignments;
    private long transactions;
    private long queries;
    private long received;
    private long sent;
    private long transactionTime;
    private long queryTime;
    private long waitTime;
    private long logins;

    /// What went through: since the start, or on average over a period.
    ///
    /// @param received bytes from clients
    /// @param sent bytes to clients
    /// @param transactionTime microseconds with a server in a transaction; on average: each
    /// @param queryTime microseconds of queries; on average: each
    /// @param waitTime microseconds that clients waited for a server
    public record Totals(
            long assignments,
            long transactions,
            long queries,
            long received,
            long sent,
            long transactionTime,
            long queryTime,
            long waitTime,
            long clientParses,
            long serverParses,
            long binds,
            long logins) {
        public static final Totals NONE = new Totals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

        /// In the order of `SHOW STATS`.
        public long[] inOrder() {
            return new long[] {
                assignments,
                transactions,
                queries,
                received,
                sent,
                transactionTime,
                queryTime,
                waitTime,
                clientParses,
                serverParses,
                binds,
                logins
            };
        }

        public Totals plus(Totals more) {
            return new Totals(
                    assignments + more.assignments,
                    transactions + more.transactions,
                    queries + more.queries,
                    received + more.received,
                    sent + more.sent,
                    transactionTime + more.transactionTime,
                    queryTime + more.queryTime,
                    waitTime + more.waitTime,
                    clientParses + more.clientParses,
                    serverParses + more.serverParses,
                    binds + more.binds,
                    logins + more.logins);
        }

        /// Since then, for each second, and times for each of what took them. Never less than 0:
        /// what was counted then may have been forgotten.
        ///
        /// @param nanos that have passed
        public Totals averageSince(Totals then, long nanos) {
            long xacts = transactions - then.transactions;
            long asked = queries - then.queries;
            return new Totals(
                    each(assignments - then.assignments, nanos),
                    each(xacts, nanos),
                    each(asked, nanos),
                    each(received - then.received, nanos),
                    each(sent - then.sent, nanos),
                    xacts <= 0 ? 0 : Math.max(0, transactionTime - then.transactionTime) / xacts,
                    asked <= 0 ? 0 : Math.max(0, queryTime - then.queryTime) / asked,
                    each(waitTime - then.waitTime, nanos),
                    each(clientParses - then.clientParses, nanos),
                    each(serverParses - then.serverParses, nanos),
                    each(binds - then.binds, nanos),
                    each(logins - then.logins, nanos));
        }

        private static long each(long count, long nanos) {
            return nanos <= 0 ? 0 : Math.max(0, Math.round(count * 1e9 / nanos));
        }
    }

    public void loggedIn() {
        logins++;
    }

    public void received(int bytes) {
        received += bytes;
    }

    public void sent(int bytes) {
        sent += bytes;
    }

    /// A client got a server.
    ///
    /// @param waited in nanoseconds
    public void assigned(long waited) {
        assignments++;
        waitTime += waited / MICRO;
        waitTimes.add(waited / MICRO);
    }

    /// Queries were answered; of several that overlap only the time of all together is known.
    ///
    /// @param took nanoseconds
    public void queries(long count, long took) {
        queries += count;
        queryTime += took / MICRO;
        queryTimes.add(took / MICRO);
    }

    /// @param took nanoseconds
    public void transactions(long count, long took) {
        transactions += count;
        transactionTime += took / MICRO;
        transactionTimes.add(took / MICRO);
    }

    /// @param parses what is known of prepared statements
    public Totals totals(Parses parses) {
        return new Totals(
                assignments,
                transactions,
                queries,
                received,
                sent,
                transactionTime,
                queryTime,
                waitTime,
                parses.byClients(),
                parses.atServers(),
                parses.binds(),
                logins);
    }

    /// Messages about named prepared statements.
    public record Parses(long byClients, long atServers, long binds) {}

    public Latencies queryTimes() {
        return queryTimes;
    }

    public Latencies transactionTimes() {
        return transactionTimes;
    }

    public Latencies waitTimes() {
        return waitTimes;
    }
}
