package io.toomai.cli;

import io.toomai.cli.command.Context;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Runs the agent of this node, or checks its settings only.
@Command(name = "agent", description = "Run the agent of one node with its settings file")
public final class AgentCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(index = "0", paramLabel = "FILE", description = "patroni.yml of this node")
    private @Nullable Path file;

    @Option(names = "--validate-config", description = "Check the settings file and exit")
    private boolean validateOnly;

    public AgentCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Path settings = java.util.Objects.requireNonNull(file);
        return validateOnly
                ? SettingsCheck.run(context.console(), settings, context.environment())
                : AgentStart.run(settings, context.environment());
    }
}
