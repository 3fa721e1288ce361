package io.toomai.cli;

import io.toomai.cli.command.Context;
import io.toomai.cli.command.UsageException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Runs the agent of this node, checks its settings only, or writes settings to begin with.
@Command(name = "agent", description = "Run the agent of one node with its settings file")
public final class AgentCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE",
            description = "patroni.yml of this node; with --generate-… where to write it")
    private @Nullable Path file;

    @Option(names = "--validate-config", description = "Check the settings file and exit")
    private boolean validateOnly;

    @Option(
            names = {"-i", "--ignore-listen-port"},
            description = "With --validate-config: do not look whether the ports are free")
    private boolean ignorePorts;

    @Option(
            names = {"-p", "--print"},
            description = "With --validate-config: show the settings of file and environment")
    private boolean print;

    @Option(
            names = "--generate-sample-config",
            description = "Write settings to begin with and exit")
    private boolean sample;

    @Option(
            names = "--generate-config",
            description = "Write settings for a running PostgreSQL and exit")
    private boolean generate;

    @Option(
            names = "--dsn",
            paramLabel = "DSN",
            description = "With --generate-config: how to connect, as host=… port=… user=…")
    private @Nullable String dsn;

    public AgentCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        if (sample || generate) {
            SettingsText text = new SettingsText(context.environment());
            String yaml = sample ? text.sample() : text.ofRunning(Optional.ofNullable(dsn));
            return text.write(context.console(), Optional.ofNullable(file), yaml);
        }
        if (file == null) {
            throw new UsageException("the settings file is missing: toomai agent FILE");
        }
        return validateOnly
                ? SettingsCheck.run(context.console(), file, context.environment(), extras())
                : AgentStart.run(file, context.environment());
    }

    private Set<SettingsCheck.Extra> extras() {
        EnumSet<SettingsCheck.Extra> extras = EnumSet.noneOf(SettingsCheck.Extra.class);
        if (ignorePorts) {
            extras.add(SettingsCheck.Extra.IGNORE_LISTEN_PORT);
        }
        if (print) {
            extras.add(SettingsCheck.Extra.PRINT);
        }
        return extras;
    }
}
