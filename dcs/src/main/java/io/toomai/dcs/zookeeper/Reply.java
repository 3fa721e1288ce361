package io.toomai.dcs.zookeeper;

import java.util.Optional;
import org.apache.zookeeper.KeeperException;

/// What a server answered to one request. No answer is a [io.toomai.dcs.DcsException] instead.
sealed interface Reply<T> {
    record Ok<T>(T result) implements Reply<T> {}

    /// The request was understood and a condition did not hold: no node, node exists, bad version.
    ///
    /// @param operation index of the failing operation in a transaction, else 0
    record Refused<T>(KeeperException.Code code, int operation) implements Reply<T> {}

    default Optional<T> granted() {
        return switch (this) {
            case Ok<T>(T result) -> Optional.of(result);
            case Refused<T> _ -> Optional.empty();
        };
    }
}
