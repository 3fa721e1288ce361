package io.toomai.cli.command;

import io.toomai.cli.command.LeaderChange.Asking;
import io.toomai.cli.rest.Connector.Groups;
import io.toomai.settings.json.Json;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Ends a standby cluster: its leader becomes a primary.
@Command(name = "promote-cluster", description = "Promote a standby cluster")
final class PromoteClusterCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private String name = "";

    @Option(names = "--force", description = "Do not ask")
    private boolean force;

    PromoteClusterCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        return new ClusterRole(
                        context,
                        context.cluster(connection, name, Groups.OWN),
                        ClusterRole.Wanted.PROMOTE)
                .run(name, Asking.of(force), Json.Null.VALUE);
    }
}
