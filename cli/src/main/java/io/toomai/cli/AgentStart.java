package io.toomai.cli;

import io.toomai.agent.AgentMain;
import java.nio.file.Path;
import java.util.Map;

/// The one place where the command line calls the agent; loaded only by `agent`.
final class AgentStart {
    private AgentStart() {}

    static int run(Path settings, Map<String, String> environment) {
        return AgentMain.run(settings, environment);
    }
}
