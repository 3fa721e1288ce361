package io.toomai.proxy.pool;

/// What bounds a pool. Times in nanoseconds, 0 = no limit but where it says otherwise.
///
/// @param size `pool_size`
/// @param least `min_pool_size`: kept open though nobody wants them, while clients are there
/// @param reserve `reserve_pool_size`: so many more once a client has waited for `reserveAfter`; 0:
///   never
/// @param lifetime `server_lifetime`: an older server is replaced when it is free; 0: each is used
///   once
/// @param idle `server_idle_timeout`: longer unused ones go, down to `least`
/// @param checkAfter `server_check_delay`: longer unused ones are asked whether they live
/// @param retry `server_login_retry`: after a failed login the next is tried so much later
public record PoolLimits(
        int size,
        int least,
        int reserve,
        long reserveAfter,
        long lifetime,
        long idle,
        long checkAfter,
        long retry) {}
