package io.toomai.cli.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Loads the classes that later starts need, so that the launcher can keep them in a start-up
/// cache. `train agent` never comes here: it starts as the agent does.
@Command(name = "train", description = "Load classes for the start-up cache")
final class TrainCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(index = "0", paramLabel = "{cli|agent}")
    private String what = "";

    TrainCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        if (!what.equals("cli")) {
            throw new UsageException("'" + what + "' is not one of 'cli', 'agent'.");
        }
        return Training.cli(context);
    }
}
