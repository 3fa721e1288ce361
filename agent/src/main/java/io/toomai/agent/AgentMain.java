package io.toomai.agent;

import io.toomai.agent.log.LogSetup;
import io.toomai.core.ha.Command;
import io.toomai.settings.ConfigReport;
import io.toomai.settings.LoadResult;
import io.toomai.settings.Settings;
import io.toomai.settings.SettingsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `toomai agent FILE`: reads the settings, runs one node, and tells how it ended.
public final class AgentMain {
    private static final Logger log = LoggerFactory.getLogger(AgentMain.class);

    private AgentMain() {}

    /// Runs until the agent is asked to stop or cannot go on.
    ///
    /// @return exit status
    public static int run(Path file, Map<String, String> environment) {
        LoadResult result = SettingsFile.load(file, environment);
        return switch (result) {
            case LoadResult.Rejected _ -> {
                System.err.print(ConfigReport.render(result));
                yield 1;
            }
            case LoadResult.Loaded(var settings, var warnings) -> {
                LogSetup.apply(settings.log());
                warnings.forEach(w -> log.warn("{}", w));
                yield run(file, environment, settings);
            }
        };
    }

    private static int run(Path file, Map<String, String> environment, Settings settings) {
        Agent agent = new Agent(file, environment, settings);
        CleanStop stop = new CleanStop(agent);
        Runtime.getRuntime().addShutdownHook(stop.hook());
        int status = run(agent, settings);
        LogSetup.close();
        return stop.ended(status);
    }

    private static int run(Agent agent, Settings settings) {
        try {
            Command.EndAgent end = agent.run();
            return switch (end.status()) {
                case ASKED -> {
                    log.info("{} agent: ended: {}", settings.name(), end.why());
                    yield 0;
                }
                case FATAL -> {
                    log.error("{} agent: cannot go on: {}", settings.name(), end.why());
                    yield 1;
                }
            };
        } catch (IOException | RuntimeException e) {
            // A bug or an unusable machine: the lease ends by itself, systemd starts us again.
            log.error("{} agent: {}", settings.name(), message(e));
            log.debug("the agent failed", e);
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private static String message(Exception e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
