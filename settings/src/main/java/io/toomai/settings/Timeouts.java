package io.toomai.settings;

import java.time.Duration;

/// `ttl`, `loop_wait`, `retry_timeout` after the repair rule, so that the leader can always renew
/// in time: one loop and two attempts fit into the ttl.
public record Timeouts(Duration ttl, Duration loopWait, Duration retryTimeout) {}
