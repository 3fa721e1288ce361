package io.toomai.cli.command;

import io.toomai.cli.rest.Cluster;
import io.toomai.cli.rest.Connector.Groups;
import io.toomai.cli.view.Format;
import io.toomai.cli.view.TextTable.Align;
import io.toomai.cli.view.TextTable.Column;
import io.toomai.settings.json.Json;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Past promotions, one per timeline.
@Command(name = "history", description = "Show the history of failovers and switchovers")
final class HistoryCommand implements Callable<Integer> {
    private static final List<Column> COLUMNS =
            List.of(
                    new Column("TL", Align.RIGHT),
                    new Column("LSN", Align.RIGHT),
                    new Column("Reason", Align.LEFT),
                    new Column("Timestamp", Align.LEFT),
                    new Column("New Leader", Align.LEFT));

    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private String name = "";

    @Option(
            names = {"-f", "--format"},
            paramLabel = "pretty|tsv|json|yaml|yml",
            converter = FormatConverter.class,
            description = "Output format")
    private Format format = Format.PRETTY;

    HistoryCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Cluster cluster = context.cluster(connection, name, Groups.OWN);
        if (!name.isEmpty()) {
            context.view(cluster, name);
        }
        List<List<Json>> rows = cluster.history().items().stream().map(Json::items).toList();
        context.console().line(format.rows(COLUMNS, rows));
        return 0;
    }
}
