package io.toomai.cli.command;

import io.toomai.cli.data.Yaml;
import io.toomai.cli.rest.Cluster;
import io.toomai.cli.rest.Connector.Groups;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The dynamic configuration as YAML.
@Command(name = "show-config", description = "Show the cluster's configuration")
final class ShowConfigCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private String name = "";

    ShowConfigCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Cluster cluster = context.cluster(connection, name, Groups.OWN);
        if (!name.isEmpty()) {
            context.view(cluster, name);
        }
        context.console().line(Yaml.block(cluster.config()));
        return 0;
    }
}
