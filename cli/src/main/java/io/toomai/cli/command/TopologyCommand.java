package io.toomai.cli.command;

import io.toomai.cli.rest.Cluster;
import io.toomai.cli.view.ClusterTable.Columns;
import io.toomai.cli.view.Format;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The members as a tree: who streams from whom.
@Command(name = "topology", description = "Print the topology of the cluster as a tree")
final class TopologyCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();
    @Mixin private final Watch watch = new Watch();

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private String name = "";

    TopologyCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Cluster cluster = context.cluster(connection);
        return watch.run(
                context.console(),
                () -> {
                    ListCommand.print(
                            context,
                            context.view(cluster, name),
                            Format.TOPOLOGY,
                            Columns.AS_NEEDED);
                    return 0;
                });
    }
}
