package io.toomai.proxy.route;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/// What an operator wants of reads.
///
/// @param mostLag bytes that a replica may be behind; absent: any
/// @param tags that a member must have to be read from, with these values
/// @param slowStart in which a replica that has just become fit comes to its full share
public record RouteRules(
        OptionalLong mostLag,
        Map<String, String> tags,
        Fallback fallback,
        Balance balance,
        Duration slowStart) {
    public static final RouteRules USUAL =
            new RouteRules(
                    OptionalLong.empty(),
                    Map.of(),
                    Fallback.PRIMARY,
                    Balance.LEAST_CONNECTIONS,
                    Duration.ZERO);

    public RouteRules {
        tags = Map.copyOf(new TreeMap<>(tags));
    }

    /// Where reads go while no replica is fit.
    public enum Fallback {
        PRIMARY,
        /// Nowhere: they wait.
        NONE
    }

    /// How fit replicas share what is read.
    public enum Balance {
        /// To the one with the fewest connections of this proxy, by weight.
        LEAST_CONNECTIONS,
        /// One after the other, by weight.
        ROUND_ROBIN
    }
}
