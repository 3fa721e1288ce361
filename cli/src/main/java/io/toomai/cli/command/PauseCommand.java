package io.toomai.cli.command;

import io.toomai.cli.command.MaintenanceMode.Waiting;
import io.toomai.cli.command.MaintenanceMode.Wanted;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Switches maintenance mode on: nothing is promoted, demoted or restarted by itself.
@Command(name = "pause", description = "Disable auto failover")
final class PauseCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private String name = "";

    @Option(names = "--wait", description = "Wait until all members have seen it")
    private boolean wait;

    PauseCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        return new MaintenanceMode(context, context.cluster(connection), Wanted.PAUSE)
                .run(name, wait ? Waiting.WAIT : Waiting.RETURN);
    }
}
