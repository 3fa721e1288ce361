package io.toomai.core.ha;

import java.util.OptionalLong;

/// What a proxy that is connected to this leader has told of itself last.
///
/// @param name for operators
/// @param holds the request ([Hold]) for which it lets no client begin anything
/// @param open transactions and statements that it still has under way on the primary
public record ProxyStanding(String name, OptionalLong holds, int open) {
    /// Nothing of its clients' is under way on the primary, nor will anything be.
    boolean isQuietFor(long request) {
        return holds.isPresent() && holds.getAsLong() == request && open == 0;
    }
}
