package io.toomai.cli.command;

import io.toomai.cli.CliException;
import io.toomai.cli.rest.Cluster;
import io.toomai.cli.rest.Connector.Groups;
import io.toomai.cli.rest.Connector.Target;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import io.toomai.cli.view.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Runs SQL on a member. Here `-d` is the database, as with patronictl; which cluster is meant must
/// stand before the word `query`.
@Command(name = "query", description = "Run a SQL statement on a member")
final class QueryCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private final MemberChoice choice = new MemberChoice();
    @Mixin private final Watch watch = new Watch();

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private String name = "";

    @Option(names = "--group", paramLabel = "NUMBER", description = "Group of a Citus cluster")
    private @Nullable Integer group;

    @Option(names = "--dir", paramLabel = "DIR", description = "Folder of a running demo")
    private @Nullable Path demo;

    @Option(
            names = {"-d", "--dbname"},
            description = "Database")
    private @Nullable String database;

    @Option(
            names = {"-U", "--username"},
            description = "User")
    private @Nullable String user;

    @Option(names = "--password", description = "Ask for the password (else PGPASSWORD, .pgpass)")
    private boolean askPassword;

    @Option(
            names = {"-c", "--command"},
            description = "The SQL statement")
    private @Nullable String command;

    @Option(
            names = {"-f", "--file"},
            description = "File with the SQL statement")
    private @Nullable Path file;

    @Option(
            names = "--format",
            converter = FormatConverter.class,
            description = "Output format; tsv by default")
    private Format format = Format.TSV;

    @Option(names = "--delimiter", description = "Between columns of tsv")
    private String delimiter = "\t";

    QueryCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        if (command != null && file != null) {
            throw CliException.refused("--file and --command are mutually exclusive options");
        }
        String sql = sql();
        Target target = new ConnectionOptions().target(context.connection);
        Optional<Path> folder = demo == null ? target.demo() : Optional.of(demo);
        Cluster cluster =
                context.cluster(
                        new Target(
                                target.config(),
                                target.addresses(),
                                folder,
                                Optional.ofNullable(group).or(target::group),
                                target.trust()),
                        name,
                        Groups.ALL);
        Optional<String> password =
                askPassword
                        ? Optional.of(context.console().ask("Password", Optional.empty()))
                        : Optional.empty();
        return watch.run(
                context.console(),
                () -> {
                    Optional<MemberRow> member = choice.find(context.view(cluster, name));
                    var login =
                            SqlSession.Login.of(
                                    context.environment(),
                                    Optional.ofNullable(user),
                                    Optional.ofNullable(database),
                                    password);
                    SqlSession.Result result =
                            member.flatMap(found ->
                                            SqlSession.run(found, login, sql, choice.role()))
                                    .orElseGet(() -> SqlSession.failure(choice.notFound()));
                    context.console().line(result.text(format, delimiter));
                    return 0;
                });
    }

    private String sql() {
        if (command != null) {
            return command;
        }
        if (file == null) {
            throw CliException.refused("You need to specify either --command or --file");
        }
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new CliException(CliException.Code.BAD_FILE, "cannot read " + file);
        }
    }
}
