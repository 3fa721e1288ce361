package io.toomai.cli.command;

import io.toomai.cli.Version;
import io.toomai.cli.rest.Cluster;
import io.toomai.cli.rest.Connector.Groups;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import io.toomai.settings.json.Json;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Versions of this program and of the members.
@Command(name = "version", description = "Show the versions of this program and of members")
final class VersionCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();

    @Parameters(index = "0", arity = "0..1", paramLabel = "CLUSTER_NAME")
    private String name = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "MEMBER_NAMES")
    private List<String> names = List.of();

    VersionCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        context.console().line(context.program() + " version " + Version.text());
        if (name.isEmpty()) {
            return 0;
        }
        context.console().line("");
        Cluster cluster = context.cluster(connection, name, Groups.ALL);
        ClusterAnswer view = context.view(cluster, name);
        for (MemberRow member : view.members()) {
            if (names.isEmpty() || names.contains(member.name())) {
                context.console().line(line(member, cluster.status(member)));
            }
        }
        return 0;
    }

    private static String line(MemberRow member, Optional<Json> status) {
        return status.map(json ->
                        "%s: Patroni %s%s"
                                .formatted(
                                        member.name(),
                                        json.at("patroni").textAt("version"),
                                        postgres(json.longAt("server_version").orElse(0))))
                .orElseGet(() ->
                        member.name() + ": failed to get version: the member does not answer");
    }

    /// ` PostgreSQL 16.4` of 160004; two numbers made a major version before 10.
    static String postgres(long number) {
        if (number <= 0) {
            return "";
        }
        return number >= 100_000
                ? " PostgreSQL %d.%d".formatted(number / 10_000, number % 10_000)
                : " PostgreSQL %d.%d.%d"
                        .formatted(number / 10_000, number / 100 % 100, number % 100);
    }
}
