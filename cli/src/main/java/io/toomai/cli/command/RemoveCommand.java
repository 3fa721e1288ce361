package io.toomai.cli.command;

import io.toomai.cli.CliException;
import io.toomai.cli.Console;
import io.toomai.cli.rest.ViaStore;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import io.toomai.cli.view.ClusterTable;
import io.toomai.cli.view.ClusterTable.Columns;
import io.toomai.cli.view.Format;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Forgets a cluster: deletes what the store holds of it. Speaks to the store itself, for usually
/// no member runs any more. PostgreSQL's data stays; keys of members and of the leader hang on
/// leases and end with them.
@Command(name = "remove", description = "Remove the cluster from the store")
final class RemoveCommand implements Callable<Integer> {
    private static final String AWARE = "Yes I am aware";

    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();

    @Parameters(index = "0", paramLabel = "CLUSTER_NAME")
    private String name = "";

    @Option(
            names = {"-f", "--format"},
            paramLabel = "pretty|tsv|json|yaml|yml",
            converter = FormatConverter.class,
            description = "Output format")
    private Format format = Format.PRETTY;

    RemoveCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        ViaStore cluster = context.stored(connection, name);
        ClusterAnswer found = cluster.view();
        context.console()
                .line(ClusterTable.render(found, format, Columns.AS_NEEDED, context.colour()));
        agree(context.console(), name, found.leader().map(MemberRow::name));
        if (!found.members().isEmpty()) {
            context.console()
                    .warn(
                            "Members still run; they write themselves into the store again. Stop"
                                    + " them first if the cluster shall be gone.");
        }
        cluster.remove();
        return 0;
    }

    /// Three questions whose answers must be typed out.
    ///
    /// @throws CliException REFUSED at the first that does not fit
    static void agree(Console console, String cluster, Optional<String> leader) {
        require(
                console.ask("Please confirm the cluster name to remove", Optional.empty()),
                cluster,
                "Cluster names specified do not match");
        require(
                console.ask(
                        "You are about to remove all information in DCS for "
                                + cluster
                                + ", please type: \""
                                + AWARE
                                + "\"",
                        Optional.empty()),
                AWARE,
                "You did not exactly type \"" + AWARE + "\"");
        if (leader.isPresent()) {
            require(
                    console.ask(
                            "This cluster currently is healthy. Please specify the leader name to"
                                    + " continue",
                            Optional.empty()),
                    leader.get(),
                    "You did not specify the current leader of the cluster");
        }
    }

    private static void require(String answer, String wanted, String otherwise) {
        if (!answer.equals(wanted)) {
            throw CliException.refused(otherwise);
        }
    }
}
