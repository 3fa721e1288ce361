package io.toomai.cli;

import java.nio.file.Path;
import java.util.Map;

/// The one place where the command line calls the agent; loaded only by `agent`.
final class AgentStart {
    private AgentStart() {}

    static int run(Console console, Path settings, Map<String, String> environment) {
        int checked = SettingsCheck.run(console, settings, environment);
        console.warn("this build has no agent to run with " + settings);
        return Math.max(1, checked);
    }
}
