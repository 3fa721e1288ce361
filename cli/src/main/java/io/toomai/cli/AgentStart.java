package io.toomai.cli;

import io.toomai.agent.AgentMain;
import io.toomai.agent.WitnessMain;
import java.nio.file.Path;
import java.util.Map;

/// The one place where the command line calls the agent; loaded only by `agent` and `witness`.
final class AgentStart {
    private AgentStart() {}

    static int run(Path settings, Map<String, String> environment) {
        return AgentMain.run(settings, environment);
    }

    static int witness(Path settings, Map<String, String> environment) {
        return WitnessMain.run(settings, environment);
    }
}
