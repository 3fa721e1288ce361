package io.toomai.proxy.config;

import java.time.Duration;
import java.util.OptionalInt;

/// What holds for the pool of one user and one database: the user's own word goes before the
/// database's, and that before what holds for all.
///
/// @param size `pool_size`
/// @param least `min_pool_size`
/// @param reserve `reserve_pool_size`
/// @param serverLifetime 0 = each server is used once
/// @param mostOfDatabase servers of all its users together; 0 = no limit
/// @param mostOfUser servers in all databases together; 0 = no limit
public record PoolRules(
        PoolMode mode,
        int size,
        int least,
        int reserve,
        Duration serverLifetime,
        int mostOfDatabase,
        int mostOfUser) {

    /// @param user as whom the servers are logged in to
    public static PoolRules of(ProxySettings settings, Database database, String user) {
        ValuesOf values = settings.values();
        UserLimits own = UserLimits.of(settings, user);
        Database.Limits limits = database.limits();
        return new PoolRules(
                own.poolMode()
                        .or(limits::poolMode)
                        .orElseGet(() -> PoolMode.of(values.text("pool_mode"))),
                first(own.poolSize(), limits.poolSize(), values.number("default_pool_size")),
                limits.minPoolSize().orElse(values.number("min_pool_size")),
                first(
                        own.reservePoolSize(),
                        limits.reservePoolSize(),
                        values.number("reserve_pool_size")),
                limits.serverLifetime()
                        .filter(Duration::isPositive)
                        .orElse(values.time("server_lifetime")),
                positive(limits.maxConnections(), values.number("max_db_connections")),
                positive(own.maxConnections(), values.number("max_user_connections")));
    }

    private static int first(OptionalInt ofUser, OptionalInt ofDatabase, int ofAll) {
        return ofUser.orElse(ofDatabase.orElse(ofAll));
    }

    /// 0 says nothing, as in PgBouncer.
    private static int positive(OptionalInt own, int ofAll) {
        return own.isPresent() && own.getAsInt() > 0 ? own.getAsInt() : ofAll;
    }
}
