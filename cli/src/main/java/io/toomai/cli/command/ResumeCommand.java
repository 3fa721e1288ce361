package io.toomai.cli.command;

import io.toomai.cli.command.MaintenanceMode.Wanted;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Ends maintenance mode.
@Command(name = "resume", description = "Resume auto failover")
final class ResumeCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private final MaintenanceOptions options = new MaintenanceOptions();

    ResumeCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        return options.run(context, Wanted.RESUME);
    }
}
