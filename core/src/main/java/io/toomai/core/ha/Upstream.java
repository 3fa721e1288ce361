package io.toomai.core.ha;

import java.util.List;

/// The server that a standby is told to stream from.
public sealed interface Upstream {
    /// `primary_conninfo` is empty.
    record None() implements Upstream {}

    record Server(String host, int port) implements Upstream {}

    /// The first of several that takes writes: only the leader of a standby cluster asks so.
    record FirstPrimaryOf(List<Server> servers) implements Upstream {
        public FirstPrimaryOf {
            servers = List.copyOf(servers);
        }
    }

    /// Where it leads, in an operator's words.
    default String text() {
        return switch (this) {
            case None _ -> "none";
            case Server(var host, var port) -> host + ":" + port;
            case FirstPrimaryOf(var servers) ->
                    String.join(",", servers.stream().map(Server::text).toList());
        };
    }
}
