package io.toomai.cli.command;

import io.toomai.cli.command.MaintenanceMode.Waiting;
import io.toomai.cli.command.MaintenanceMode.Wanted;
import io.toomai.cli.rest.Connector.Groups;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// What `pause` and `resume` are told.
final class MaintenanceOptions {
    @Mixin private final ConnectionOptions connection = new ConnectionOptions();

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private String name = "";

    @Option(names = "--wait", description = "Wait until all members have seen it")
    private boolean wait;

    int run(Context context, Wanted wanted) {
        return new MaintenanceMode(context, context.cluster(connection, name, Groups.OWN), wanted)
                .run(name, wait ? Waiting.WAIT : Waiting.RETURN);
    }
}
