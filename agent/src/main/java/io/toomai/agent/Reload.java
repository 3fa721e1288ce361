package io.toomai.agent;

import io.toomai.agent.log.LogSetup;
import io.toomai.agent.loop.DynamicConfig;
import io.toomai.agent.loop.Wakeup;
import io.toomai.agent.proxy.NodeProxy;
import io.toomai.agent.server.LocalServer;
import io.toomai.api.rest.RestServer;
import io.toomai.settings.LoadResult;
import io.toomai.settings.Settings;
import io.toomai.settings.SettingsFile;
import io.toomai.settings.Warning;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// SIGHUP and POST /reload: reads the file again. What the catalogue says a reload applies is in
/// force afterwards; what needs a restart of the agent keeps its value, and one warning names it.
/// One reload at a time; any thread.
final class Reload {
    private static final Logger log = LoggerFactory.getLogger(Reload.class);

    private final Path file;
    private final Map<String, String> environment;
    private final DynamicConfig config;
    private final LocalServer server;
    private final Wakeup wakeup;

    private final Settings started;
    private Optional<RestServer> rest = Optional.empty();
    private Optional<NodeProxy> proxy = Optional.empty();

    /// What became of the file.
    enum Outcome {
        TAKEN,
        REFUSED
    }

    Reload(
            Path file,
            Map<String, String> environment,
            DynamicConfig config,
            LocalServer server,
            Wakeup wakeup) {
        this.file = file;
        this.environment = environment;
        this.config = config;
        this.server = server;
        this.wakeup = wakeup;
        this.started = config.local();
    }

    /// The REST API from now on; it is made after what it calls.
    synchronized void serves(RestServer running) {
        rest = Optional.of(running);
    }

    /// The proxy from now on, likewise.
    synchronized void serves(NodeProxy running) {
        proxy = Optional.of(running);
    }

    synchronized Outcome run() {
        return switch (SettingsFile.load(file, environment)) {
            case LoadResult.Loaded(var reread, var warnings) -> {
                take(reread, warnings);
                yield Outcome.TAKEN;
            }
            case LoadResult.Rejected(var problems, _) -> {
                problems.forEach(
                        p -> log.error("{} is not valid, the settings in force stay: {}", file, p));
                yield Outcome.REFUSED;
            }
        };
    }

    private void take(Settings reread, List<Warning> warnings) {
        if (!reread.log().equals(config.local().log())) {
            LogSetup.apply(reread.log());
        }
        warnings.forEach(w -> log.warn("{}", w));
        List<String> kept = started.changesForRestart(reread);
        if (!kept.isEmpty()) {
            log.warn(
                    "{} agent: changed, but in force only after a restart of the agent: {}."
                            + " To restart it without PostgreSQL: toomai pause, restart, resume",
                    started.name(),
                    String.join(", ", kept));
        }
        config.take(reread);
        server.logIn(reread.postgresql());
        server.configure(config.inForce().server());
        server.forceConfiguration();
        rest.ifPresent(running -> reload(running, reread));
        proxy.ifPresent(running -> running.reload(reread));
        log.info("{} agent: configuration read again file={}", started.name(), file);
        wakeup.knock();
    }

    private void reload(RestServer running, Settings reread) {
        switch (running.reload(RestWiring.config(reread))) {
            case RestServer.Reloaded.Applied _ -> {}
            case RestServer.Reloaded.NeedsNewServer _ ->
                    log.warn(
                            "{} agent: the REST API goes on as it was, because its address or its"
                                    + " kind of TLS changed; restart the agent",
                            started.name());
            case RestServer.Reloaded.Refused(var why) ->
                    log.error(
                            "{} agent: the REST API goes on as it was: {}. Correct it and reload"
                                    + " again",
                            started.name(),
                            why);
        }
    }
}
