package io.toomai.cli.command;

import io.toomai.cli.CliException;
import io.toomai.cli.rest.Cluster;
import io.toomai.cli.rest.Connector.Groups;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterTable;
import io.toomai.cli.view.ClusterTable.Columns;
import io.toomai.cli.view.Format;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The members of clusters.
@Command(name = "list", description = "List the members of clusters")
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
        overAll(
                context,
                connection,
                names,
                watch,
                clusters -> {
                    if (timestamp) {
                        context.console().line(Context.second());
                    }
                    clusters.forEach(cluster -> print(context, cluster.get(), format, columns()));
                });
        return 0;
    }

    private Columns columns() {
        return extended ? Columns.EXTENDED : Columns.AS_NEEDED;
    }

    /// Repeats one turn over the clusters, over that of the settings without names, as long as the
    /// operator wants to watch.
    static void overAll(
            Context context,
            ConnectionOptions connection,
            List<String> names,
            Watch watch,
            Consumer<List<Supplier<ClusterAnswer>>> turn) {
        try {
            var clusters = new ArrayList<Supplier<ClusterAnswer>>();
            for (String name : names.isEmpty() ? List.of("") : names) {
                Cluster cluster = context.cluster(connection, name, Groups.ALL);
                clusters.add(() -> context.view(cluster, name));
            }
            watch.run(
                    context.console(),
                    () -> {
                        turn.accept(clusters);
                        return 0;
                    });
        } catch (CliException e) {
            if (!isUnnamed(context, e)) {
                throw e;
            }
        }
    }

    /// Whether nothing says what to list, which patronictl takes for nothing to do.
    static boolean isUnnamed(Context context, Exception problem) {
        boolean unnamed =
                problem instanceof CliException e && e.code() == CliException.Code.NO_CLUSTER;
        if (unnamed) {
            context.console()
                    .warn(
                            "WARNING: Listing members: No cluster names were provided: "
                                    + problem.getMessage());
        }
        return unnamed;
    }

    static void print(Context context, ClusterAnswer answer, Format format, Columns columns) {
        context.console().line(ClusterTable.render(answer, format, columns, context.colour()));
    }
}
