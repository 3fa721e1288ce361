package io.toomai.proxy.net;

import io.toomai.proxy.config.TimeRules;
import org.jspecify.annotations.Nullable;

/// What a client and its server have been doing since when, and whether that is too long. Looked at
/// by the pool's tick, so that a query costs no timer. Belongs to the event loop of its wing.
final class TimeWatch {
    private TimeRules rules;
    private long askedAt;
    private long queryAt;
    private long transactionAt;

    /// When that was asked which was cancelled last.
    private long cancelledFor;

    private long cancelledAt;

    private Told told = Told.NOT_YET;

    /// Whether a client that waits knows it.
    private enum Told {
        NOT_YET,
        TOLD
    }

    TimeWatch(TimeRules rules, long now) {
        this.rules = rules;
        askedAt = now;
    }

    void rules(TimeRules next) {
        rules = next;
    }

    /// The client has sent something.
    ///
    /// @param to the server that it has
    void asks(@Nullable ServerConnection to, long now) {
        askedAt = now;
        if (to != null && to.side().isReady()) {
            queryAt = now;
            if (!to.side().isInTransaction()) {
                transactionAt = now;
            }
        }
    }

    /// When the client last sent anything, in nanoseconds.
    long askedAt() {
        return askedAt;
    }

    /// It got a server.
    void linked(long now) {
        queryAt = now;
        transactionAt = now;
        told = Told.NOT_YET;
    }

    /// How long the queries took that were answered just now, in nanoseconds.
    long queryTook(long now) {
        long took = now - queryAt;
        queryAt = now;
        return took;
    }

    /// How long the transaction took that has ended just now, in nanoseconds.
    long transactionTook(long now) {
        long took = now - transactionAt;
        transactionAt = now;
        return took;
    }

    /// While it has nothing to do with any server.
    void whileIdle(ClientConnection client, long now) {
        if (isOver(rules.clientIdle(), now - askedAt)) {
            client.end("08P01", "client_idle_timeout");
        }
    }

    /// @param waited nanoseconds
    void whileWaiting(ClientConnection client, long waited, long now) {
        if (isOver(rules.query(), now - askedAt)) {
            client.end("08P01", "query_timeout");
        } else if (isOver(rules.queryWait(), waited)) {
            client.end("08P01", "query_wait_timeout");
        } else if (told == Told.NOT_YET && isOver(rules.queryWaitNotify(), waited)) {
            told = Told.TOLD;
            client.tell(
                    "00000",
                    "No server connection available in postgres backend, client being queued");
        }
    }

    void whileLinked(ClientConnection client, ServerConnection server, long now) {
        if (server.isFree()) {
            return; // a session, between its transactions
        }
        boolean idle = server.side().isInTransaction() && !server.side().owesAnswers();
        if (server.side().owesAnswers() && isOver(rules.query(), now - askedAt)) {
            late(client, now);
        } else if (idle && isOver(rules.idleTransaction(), now - server.heardAt())) {
            client.end("08P01", "idle transaction timeout");
        } else if (isOver(rules.transaction(), now - transactionAt)) {
            client.end("08P01", "transaction timeout");
        }
    }

    /// `query_timeout_action`: the client goes, or its query does; the client, too, if the query
    /// does not.
    private void late(ClientConnection client, long now) {
        if (rules.cancelWait() > 0 && cancelledFor != askedAt) {
            cancelledFor = askedAt;
            cancelledAt = now;
            client.cancelLate();
        } else if (rules.cancelWait() == 0 || now - cancelledAt > rules.cancelWait()) {
            client.end("08P01", "query timeout");
        }
    }

    private static boolean isOver(long limit, long taken) {
        return limit > 0 && taken > limit;
    }
}
