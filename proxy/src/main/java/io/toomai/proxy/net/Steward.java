package io.toomai.proxy.net;

import io.toomai.proxy.config.Configuration;
import java.util.List;

/// Who runs the proxy, and can do what it cannot do itself: read files again, end the process.
public interface Steward {
    /// Reads the settings anew. Called aside of the event loop, so it may block; not twice at once.
    Reread reread();

    /// Nothing is left to wait for, or nothing is to be waited for any more: ends the proxy. Called
    /// on the event loop; must not block.
    void end();

    /// Whether another process serves the same places and will leave them.
    default Beginning beginning() {
        return Beginning.ALONE;
    }

    /// How the proxy begins.
    enum Beginning {
        ALONE,
        TAKES_OVER
    }

    /// What reading gave.
    sealed interface Reread {
        record Read(Configuration configuration) implements Reread {}

        /// The settings in force stay.
        ///
        /// @param problems already logged
        record Failed(List<String> problems) implements Reread {}
    }
}
