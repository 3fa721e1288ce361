package io.toomai.cli;

import io.toomai.cli.command.Context;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Runs this machine's member of the embedded store, without PostgreSQL.
@Command(name = "witness", description = "Run a member of the embedded store without PostgreSQL")
public final class WitnessCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(index = "0", paramLabel = "FILE", description = "Settings with toomai.store")
    private @Nullable Path file;

    public WitnessCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        return AgentStart.witness(Objects.requireNonNull(file), context.environment());
    }
}
