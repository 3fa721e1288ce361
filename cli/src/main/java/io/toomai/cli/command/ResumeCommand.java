package io.toomai.cli.command;

import io.toomai.cli.command.MaintenanceMode.Waiting;
import io.toomai.cli.command.MaintenanceMode.Wanted;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Ends maintenance mode.
@Command(name = "resume", description = "Resume auto failover")
final class ResumeCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private String name = "";

    @Option(names = "--wait", description = "Wait until all members have seen it")
    private boolean wait;

    ResumeCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        return new MaintenanceMode(context, context.cluster(connection), Wanted.RESUME)
                .run(name, wait ? Waiting.WAIT : Waiting.RETURN);
    }
}
