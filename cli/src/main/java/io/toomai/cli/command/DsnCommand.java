package io.toomai.cli.command;

import io.toomai.cli.rest.Cluster;
import io.toomai.cli.rest.Connector.Groups;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Where to connect to.
@Command(name = "dsn", description = "Print host and port of a member, the leader by default")
final class DsnCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();
    @Mixin private final MemberChoice choice = new MemberChoice();

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private String name = "";

    DsnCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Cluster cluster = context.cluster(connection, name, Groups.ALL);
        MemberRow member = choice.choose(context.view(cluster, name));
        context.console().line("host=" + member.host() + " port=" + member.port());
        return 0;
    }
}
