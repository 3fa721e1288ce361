package io.toomai.cli.command;

import io.toomai.cli.command.MaintenanceMode.Wanted;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Switches maintenance mode on: nothing is promoted, demoted or restarted by itself.
@Command(name = "pause", description = "Disable auto failover")
final class PauseCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private final MaintenanceOptions options = new MaintenanceOptions();

    PauseCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        return options.run(context, Wanted.PAUSE);
    }
}
