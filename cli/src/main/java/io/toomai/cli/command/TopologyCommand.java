package io.toomai.cli.command;

import io.toomai.cli.view.ClusterTable.Columns;
import io.toomai.cli.view.Format;
import java.util.List;
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

    @Parameters(arity = "0..*", paramLabel = "CLUSTER_NAMES")
    private List<String> names = List.of();

    TopologyCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        ListCommand.overAll(
                context,
                connection,
                names,
                watch,
                clusters ->
                        clusters.forEach(cluster ->
                                ListCommand.print(
                                        context,
                                        cluster.get(),
                                        Format.TOPOLOGY,
                                        Columns.AS_NEEDED)));
        return 0;
    }
}
