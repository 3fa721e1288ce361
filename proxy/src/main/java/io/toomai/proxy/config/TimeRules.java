package io.toomai.proxy.config;

import java.time.Duration;
import java.util.Optional;

/// How long a client and its server may take, in nanoseconds; 0 = for ever.
///
/// @param query `query_timeout`
/// @param cancelWait how long a query may go on that was cancelled for that; 0: it is not
///   cancelled, the client goes
/// @param queryWait `query_wait_timeout`
/// @param queryWaitNotify `query_wait_notify`: after which a waiting client is told that it waits
/// @param idleTransaction `idle_transaction_timeout`
/// @param transaction `transaction_timeout`
/// @param clientIdle `client_idle_timeout`
public record TimeRules(
        long query,
        long cancelWait,
        long queryWait,
        long queryWaitNotify,
        long idleTransaction,
        long transaction,
        long clientIdle) {

    /// @param user who logged in
    public static TimeRules of(ProxySettings settings, Database database, String user) {
        ValuesOf values = settings.values();
        UserLimits.Times own = UserLimits.of(settings, user).times();
        return new TimeRules(
                positive(own.query(), values.time("query_timeout")),
                values.text("query_timeout_action").equals("cancel")
                        ? orForEver(values.time("cancel_wait_timeout"))
                        : 0,
                own.queryWait()
                        .or(database.limits()::queryWaitTimeout)
                        .orElse(values.time("query_wait_timeout"))
                        .toNanos(),
                values.time("query_wait_notify").toNanos(),
                positive(own.idleTransaction(), values.time("idle_transaction_timeout")),
                positive(own.transaction(), values.time("transaction_timeout")),
                positive(own.clientIdle(), values.time("client_idle_timeout")));
    }

    private static long orForEver(Duration limit) {
        return limit.isZero() ? Long.MAX_VALUE : limit.toNanos();
    }

    /// 0 says nothing, as in PgBouncer.
    private static long positive(Optional<Duration> own, Duration ofAll) {
        return own.filter(Duration::isPositive).orElse(ofAll).toNanos();
    }
}
