package io.toomai.proxy.config;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/// An entry of `[users]`: what holds for a user in place of what holds for all.
public record UserLimits(
        String name,
        OptionalInt poolSize,
        OptionalInt reservePoolSize,
        Optional<PoolMode> poolMode,
        OptionalInt maxConnections,
        OptionalInt maxClientConnections,
        Times times) {

    /// Says nothing where the file has no entry.
    static UserLimits of(ProxySettings settings, String user) {
        UserLimits own = settings.users().get(user);
        return own != null
                ? own
                : new UserLimits(
                        user,
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        Optional.empty(),
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        new Times(
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty()));
    }

    /// Absent: as for all.
    public record Times(
            Optional<Duration> query,
            Optional<Duration> queryWait,
            Optional<Duration> idleTransaction,
            Optional<Duration> transaction,
            Optional<Duration> clientIdle) {}
}
