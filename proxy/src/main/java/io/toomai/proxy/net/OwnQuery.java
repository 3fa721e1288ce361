package io.toomai.proxy.net;

import io.toomai.proxy.relay.ServerError;
import java.util.List;
import java.util.Optional;

/// A simple query that the proxy asks on its own account, while no client has the server. How it
/// ends is told once, on the event loop. Belongs to the event loop of the server.
final class OwnQuery {
    private final End end;
    private Optional<ServerError> error = Optional.empty();

    /// Who asked.
    interface End {
        void succeeded();

        /// Before that, for each row.
        default void row(List<byte[]> columns) {}

        /// The server is as it was before.
        void failed(ServerError error);

        /// The connection is gone.
        void lost();
    }

    OwnQuery(End end) {
        this.end = end;
    }

    /// Of several errors the first says what is wrong.
    void error(ServerError said) {
        if (error.isEmpty()) {
            error = Optional.of(said);
        }
    }

    void row(List<byte[]> columns) {
        end.row(columns);
    }

    /// The server has answered all of it.
    void ended() {
        error.ifPresentOrElse(end::failed, end::succeeded);
    }

    void lost() {
        end.lost();
    }
}
