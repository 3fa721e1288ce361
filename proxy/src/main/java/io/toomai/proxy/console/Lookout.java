package io.toomai.proxy.console;

import java.util.function.Consumer;

/// From where a proxy can be seen. Belongs to the event loop of whoever asks.
public interface Lookout {
    /// @param then gets what there is to see at the moment; perhaps later, on the same loop
    void look(Detail detail, Consumer<Overview> then);

    /// How much is wanted: what is not is shown as if there were none.
    enum Detail {
        NUMBERS,
        /// And how long things take, and who keeps a server.
        LATENCIES,
        /// And each connection.
        CONNECTIONS
    }
}
