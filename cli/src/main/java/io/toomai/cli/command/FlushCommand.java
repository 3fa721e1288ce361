package io.toomai.cli.command;

import io.toomai.cli.command.LeaderChange.Asking;
import io.toomai.cli.command.Selection.Unnamed;
import io.toomai.cli.rest.Cluster;
import io.toomai.cli.rest.Connector.Groups;
import io.toomai.cli.rest.Http.Request;
import io.toomai.cli.rest.Reply;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import io.toomai.cli.view.ClusterAnswer.RoleWord;
import io.toomai.settings.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Takes back what was scheduled: restarts of members or the switchover.
@Command(name = "flush", description = "Discard scheduled events: restart or switchover")
final class FlushCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();

    @Parameters(index = "0", paramLabel = "CLUSTER_NAME")
    private String name = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "[MEMBER_NAMES]... {restart|switchover}")
    private List<String> rest = List.of();

    @Option(
            names = {"-r", "--role"},
            converter = RoleConverter.class,
            description = "Only members of this role")
    private RoleWord role = RoleWord.ANY;

    @Option(names = "--force", description = "Do not ask")
    private boolean force;

    FlushCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        List<String> names = new ArrayList<>(rest);
        String target = names.removeLast();
        return switch (target) {
            case "restart" -> restarts(names);
            case "switchover" -> switchover();
            default ->
                    throw new UsageException(
                            "'" + target + "' is not one of 'restart', 'switchover'.");
        };
    }

    private int restarts(List<String> names) {
        Cluster cluster = context.cluster(connection, name, Groups.ALL);
        ClusterAnswer view = context.view(cluster, name);
        var selection = new Selection(context, Asking.of(force));
        List<MemberRow> members = selection.choose(view, names, role, "flush", Unnamed.ALL);
        selection.confirm(members, "flush", Optional.empty());
        boolean allWell = true;
        for (MemberRow member : members) {
            if (member.json().at("scheduled_restart").isNull()) {
                context.console().line("No scheduled restart for member " + member.name());
            } else {
                Reply reply =
                        cluster.call(
                                member,
                                Request.of("DELETE", "/restart", Json.Obj.EMPTY),
                                Cluster.QUICK);
                allWell &= selection.report(reply, member, "flush scheduled restart");
            }
        }
        return allWell ? 0 : context.failed();
    }

    private int switchover() {
        Cluster cluster = context.cluster(connection, name, Groups.ALL);
        ClusterAnswer view = context.view(cluster, name);
        if (view.document().at("scheduled_switchover").isNull()) {
            context.console().line("No pending scheduled switchover");
            return 0;
        }
        return switch (cluster.ask(
                Request.of("DELETE", "/switchover", Json.Obj.EMPTY), Cluster.QUICK)) {
            case Reply.Answered answer when answer.status() == 200 -> {
                context.console().line("Success: " + answer.body());
                yield 0;
            }
            case Reply.Answered(_, String body) -> {
                context.console().line("Failed: " + body);
                yield context.failed();
            }
            case Reply.NoAnswer(String reason) -> {
                context.console().line("Failed: " + reason);
                yield context.failed();
            }
        };
    }
}
