package io.toomai.proxy.net;

import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.ValuesOf;
import java.util.List;
import java.util.Optional;

/// Who runs the proxy, and can do what it cannot do itself: read files again, end the process.
public interface Steward {
    /// Reads the settings anew. Called aside of the event loop, so it may block; not twice at once.
    Reread reread();

    /// The log is to be kept by these settings from now on, of which SET has changed one. Called
    /// aside of the event loop, so it may block.
    ///
    /// @return what keeps it from that, then nothing has changed; empty if nothing does
    default Optional<String> log(ValuesOf values) {
        return Optional.of("the log is that of the program which runs this proxy");
    }

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
