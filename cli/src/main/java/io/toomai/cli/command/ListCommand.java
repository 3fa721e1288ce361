package io.toomai.cli.command;

import io.toomai.cli.rest.Cluster;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterTable;
import io.toomai.cli.view.ClusterTable.Columns;
import io.toomai.cli.view.Format;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The members of the cluster.
@Command(name = "list", description = "List the members of the cluster")
final class ListCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();
    @Mixin private final Watch watch = new Watch();

    @Parameters(arity = "0..*", paramLabel = "CLUSTER_NAMES")
    private List<String> names = List.of();

    @Option(
            names = {"-e", "--extended"},
            description = "Show also the columns that are rarely filled")
    private boolean extended;

    @Option(
            names = {"-t", "--timestamp"},
            description = "Print the time first")
    private boolean timestamp;

    @Option(
            names = {"-f", "--format"},
            paramLabel = "pretty|tsv|json|yaml|yml",
            converter = FormatConverter.class,
            description = "Output format")
    private Format format = Format.PRETTY;

    ListCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Cluster cluster = context.cluster(connection);
        return watch.run(
                context.console(),
                () -> {
                    ClusterAnswer answer = cluster.view();
                    for (String name : names) {
                        if (!name.equals(answer.scope())) {
                            answer = context.view(cluster, name);
                        }
                    }
                    if (timestamp) {
                        context.console().line(Context.second());
                    }
                    print(context, answer, format, extended ? Columns.EXTENDED : Columns.AS_NEEDED);
                    return 0;
                });
    }

    static void print(Context context, ClusterAnswer answer, Format format, Columns columns) {
        context.console().line(ClusterTable.render(answer, format, columns, context.colour()));
    }
}
