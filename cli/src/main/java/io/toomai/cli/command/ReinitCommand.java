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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Copies replicas anew from the leader or another member.
@Command(name = "reinit", description = "Reinitialize replicas")
final class ReinitCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(2);

    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();

    @Parameters(index = "0", paramLabel = "CLUSTER_NAME")
    private String name = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "MEMBER_NAMES")
    private List<String> names = List.of();

    @Option(names = "--force", description = "Do not ask")
    private boolean force;

    @Option(names = "--wait", description = "Wait until the members are copied")
    private boolean wait;

    @Option(names = "--from-leader", description = "Copy from the leader, not from a replica")
    private boolean fromLeader;

    ReinitCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Cluster cluster = context.cluster(connection, name, Groups.ALL);
        ClusterAnswer view = context.view(cluster, name);
        var selection = new Selection(context, Asking.of(force));
        List<MemberRow> members =
                selection.choose(view, names, RoleWord.REPLICA, "reinitialize", Unnamed.ASK);
        selection.confirm(members, "reinitialize", Optional.empty());
        var begun = new ArrayList<MemberRow>();
        for (MemberRow member : members) {
            if (begin(cluster, selection, member)) {
                begun.add(member);
            }
        }
        boolean waited = !wait || await(cluster, begun);
        return waited && begun.size() == members.size() ? 0 : context.failed();
    }

    private boolean begin(Cluster cluster, Selection selection, MemberRow member) {
        boolean cancelOther = force;
        while (true) {
            Json body =
                    Json.Obj.EMPTY
                            .with("force", new Json.Bool(cancelOther))
                            .with("from_leader", new Json.Bool(fromLeader));
            Reply reply = cluster.call(member, Request.of("POST", "/reinitialize", body), PATIENCE);
            boolean done = selection.report(reply, member, "reinitialize");
            boolean busy =
                    reply instanceof Reply.Answered(_, String text)
                            && text.strip().endsWith("already in progress");
            if (done || cancelOther || !busy) {
                return done;
            }
            if (!context.console().confirm("Do you want to cancel it and reinitialize anyway?")) {
                return false;
            }
            cancelOther = true;
        }
    }

    /// How far it is, where the member tells; Patroni's do not.
    private static String progress(Cluster cluster, MemberRow member) {
        return cluster.status(member)
                .map(status -> status.textAt("task"))
                .filter(task -> !task.isEmpty())
                .map(task -> " (" + task + ")")
                .orElse("");
    }

    /// Copies may take hours; the operator ends the wait, or a member that no longer answers does.
    private boolean await(Cluster cluster, List<MemberRow> members) {
        var left = new ArrayList<>(members);
        boolean allWell = true;
        String shown = "";
        while (!left.isEmpty()) {
            String waiting =
                    left.stream()
                            .map(member -> member.name() + progress(cluster, member))
                            .collect(Collectors.joining(", "));
            if (!waiting.equals(shown)) {
                context.console().line("Waiting for reinitialize to complete on: " + waiting);
                shown = waiting;
            }
            if (!Pause.of(BETWEEN_LOOKS)) {
                return false;
            }
            for (MemberRow member : List.copyOf(left)) {
                Optional<String> state = cluster.status(member).map(s -> s.textAt("state"));
                if (state.isEmpty()) {
                    context.console().warn(member.name() + " does not answer any more");
                    left.remove(member);
                    allWell = false;
                } else if (!state.get().equals("creating replica")) {
                    context.console().line("Reinitialize is completed on: " + member.name());
                    left.remove(member);
                }
            }
        }
        return allWell;
    }
}
