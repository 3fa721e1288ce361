package io.toomai.agent;

import io.toomai.agent.log.LogSetup;
import io.toomai.agent.store.StoreConnection;
import io.toomai.settings.LogSettings;
import io.toomai.settings.LogSettings.Level;
import io.toomai.settings.StorePlace;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.TreeMap;

/// The store for an operator's command: nothing is started on this node, and of what the store's
/// client logs only trouble is shown, on standard error.
public final class StoreVisit {
    private static final Duration SESSION = Duration.ofSeconds(30);

    private StoreVisit() {}

    /// Begins to connect; the caller closes it.
    ///
    /// @param log of whose format is made use
    public static StoreConnection begin(StorePlace place, LogSettings log) throws IOException {
        LogSetup.apply(troubleOnly(log));
        return StoreConnection.visit(place, SESSION);
    }

    private static LogSettings troubleOnly(LogSettings agents) {
        return new LogSettings(
                LogSettings.Type.PLAIN,
                Level.WARNING,
                Level.ERROR,
                agents.format(),
                agents.dateFormat(),
                agents.staticFields(),
                agents.queueSize(),
                Optional.empty(),
                new TreeMap<>());
    }
}
