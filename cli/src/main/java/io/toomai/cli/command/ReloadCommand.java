package io.toomai.cli.command;

import io.toomai.cli.rest.Cluster;
import io.toomai.cli.rest.Http.Request;
import io.toomai.cli.rest.Reply;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import io.toomai.settings.json.Json;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Makes members read their configuration again.
@Command(name = "reload", description = "Reload the configuration of members")
final class ReloadCommand implements Callable<Integer> {
    private static final long USUAL_LOOP_WAIT = 10;

    private final Context context;

    @Mixin private final MemberOptions options = new MemberOptions();

    ReloadCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Cluster cluster = options.cluster(context);
        ClusterAnswer view = options.view(context, cluster);
        var selection = new Selection(context, options.asking());
        List<MemberRow> members = options.choose(selection, view, "reload");
        selection.confirm(members, "reload", java.util.Optional.empty());
        long within = cluster.config().longAt("loop_wait").orElse(USUAL_LOOP_WAIT);
        boolean allWell = true;
        for (MemberRow member : members) {
            Reply reply =
                    cluster.call(
                            member, Request.of("POST", "/reload", Json.Obj.EMPTY), Cluster.QUICK);
            if (reply instanceof Reply.Answered(int status, _) && status == 202) {
                context.console()
                        .line(
                                ("Reload request received for member %s and will be processed"
                                                + " within %d seconds")
                                        .formatted(member.name(), within));
            } else {
                allWell &= selection.report(reply, member, "reload");
            }
        }
        return allWell ? 0 : context.failed();
    }
}
