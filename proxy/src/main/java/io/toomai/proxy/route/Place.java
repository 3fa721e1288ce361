package io.toomai.proxy.route;

import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import java.util.OptionalLong;

/// A member of the cluster, as far as clients are sent to it.
///
/// @param host as published
/// @param port from 1 to 65535
/// @param lag bytes that it is behind the leader; absent where nobody knows
public record Place(
        MemberName name,
        String host,
        int port,
        Condition condition,
        Timeline timeline,
        OptionalLong lag,
        Tags tags) {
    private static final long USUAL_WEIGHT = 100;
    private static final long GREATEST_WEIGHT = 10_000;

    private static final int LARGEST_PORT = 65_535;

    public Place {
        if (port < 1 || port > LARGEST_PORT) {
            throw new IllegalArgumentException("port " + port + " is not between 1 and 65535");
        }
    }

    /// Whether its PostgreSQL takes connections.
    public enum Condition {
        RUNNING,
        AWAY
    }

    boolean isRunning() {
        return condition == Condition.RUNNING;
    }

    /// Tag `proxy_weight`: its share of connections against the others'; 100 where it has none.
    public long weight() {
        return tags.values().get("proxy_weight") instanceof Number number
                ? Math.clamp(number.longValue(), 0, GREATEST_WEIGHT)
                : USUAL_WEIGHT;
    }

    /// Tag `proxy_backup`: it is read from only where no other replica is fit.
    public boolean isBackup() {
        return Boolean.TRUE.equals(tags.values().get("proxy_backup"));
    }
}
