package io.toomai.cli.command;

import io.toomai.cli.command.LeaderChange.Asking;
import io.toomai.cli.command.Selection.Unnamed;
import io.toomai.cli.rest.Cluster;
import io.toomai.cli.rest.Connector.Groups;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import io.toomai.cli.view.ClusterAnswer.RoleWord;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Which members `reload` and `restart` are about, and whether they ask first.
final class MemberOptions {
    @Mixin private final ConnectionOptions connection = new ConnectionOptions();

    @Parameters(index = "0", paramLabel = "CLUSTER_NAME")
    private String name = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "MEMBER_NAMES")
    private List<String> names = List.of();

    @Option(
            names = {"-r", "--role"},
            converter = RoleConverter.class,
            description = "Only members of this role")
    private RoleWord role = RoleWord.ANY;

    @Option(names = "--force", description = "Do not ask")
    private boolean force;

    Cluster cluster(Context context) {
        return context.cluster(connection, name, Groups.ALL);
    }

    ClusterAnswer view(Context context, Cluster cluster) {
        return context.view(cluster, name);
    }

    Asking asking() {
        return Asking.of(force);
    }

    List<MemberRow> choose(Selection selection, ClusterAnswer view, String action) {
        return selection.choose(view, names, role, action, Unnamed.ALL);
    }
}
