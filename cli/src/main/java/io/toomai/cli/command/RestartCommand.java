package io.toomai.cli.command;

import io.toomai.cli.CliException;
import io.toomai.cli.command.LeaderChange.Asking;
import io.toomai.cli.rest.Cluster;
import io.toomai.cli.rest.Http.Request;
import io.toomai.cli.rest.Reply;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Restarts PostgreSQL on members, one after the other, now or at a time.
@Command(name = "restart", description = "Restart PostgreSQL on members")
final class RestartCommand implements Callable<Integer> {
    /// A restart waits for a checkpoint and for recovery; the member gives up itself.
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    private final Context context;

    @Mixin private final MemberOptions options = new MemberOptions();

    @Option(names = "--any", description = "Only one member, chosen at random")
    private boolean any;

    @Option(names = "--scheduled", description = "Time of the restart, or now")
    private @Nullable String scheduled;

    @Option(names = "--pg-version", description = "Only where PostgreSQL is older than this")
    private @Nullable String version;

    @Option(names = "--pending", description = "Only where a restart is pending")
    private boolean pending;

    @Option(names = "--timeout", description = "Give up waiting for the start after this time")
    private @Nullable String timeout;

    RestartCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Cluster cluster = options.cluster(context);
        ClusterAnswer view = options.view(context, cluster);
        var selection = new Selection(context, options.asking());
        List<MemberRow> members = options.choose(selection, view, "restart");
        Optional<String> time = time();
        selection.confirm(members, "restart", time);
        if (time.isPresent() && view.isPaused()) {
            throw CliException.refused("Can't schedule restart in the paused state");
        }
        Json.Obj filter = filter(time);
        List<MemberRow> targets = targets(members, time);
        boolean allWell = true;
        for (MemberRow member : targets) {
            if (time.isPresent()
                    && options.asking() == Asking.FORCE
                    && !member.json().at("scheduled_restart").isNull()) {
                cluster.call(
                        member, Request.of("DELETE", "/restart", Json.Obj.EMPTY), Cluster.QUICK);
            }
            Reply reply = cluster.call(member, Request.of("POST", "/restart", filter), PATIENCE);
            allWell &= report(selection, reply, member);
        }
        return allWell ? 0 : context.failed();
    }

    private Optional<String> time() {
        ZoneId zone = ZoneId.systemDefault();
        String text = scheduled;
        if (text == null) {
            text =
                    options.asking() == Asking.FORCE
                            ? "now"
                            : context.ask(
                                    "When should the restart take place (e.g. "
                                            + Schedule.example(zone)
                                            + ") ",
                                    "now");
        }
        return Schedule.parse(text, zone);
    }

    private List<MemberRow> targets(List<MemberRow> members, Optional<String> time) {
        var targets = new ArrayList<>(members);
        if (pending && time.isEmpty()) {
            targets.removeIf(member -> !member.hasPendingRestart());
        }
        if (any && targets.size() > 1) {
            Collections.shuffle(targets);
            return List.of(targets.getFirst());
        }
        return targets;
    }

    private Json.Obj filter(Optional<String> time) {
        Json.Obj filter = Json.Obj.EMPTY;
        if (pending) {
            filter = filter.with("restart_pending", new Json.Bool(true));
        }
        String below = version;
        if (below == null) {
            below =
                    options.asking() == Asking.FORCE
                            ? ""
                            : context.ask(
                                    "Restart if the PostgreSQL version is less than provided"
                                            + " (e.g. 9.5.2) ",
                                    "");
        }
        if (!below.isBlank()) {
            if (!below.strip().matches("\\d+(\\.\\d+){1,2}")) {
                throw CliException.refused(
                        "Invalid PostgreSQL version format: X.Y or X.Y.Z is accepted: " + below);
            }
            filter = filter.with("postgres_version", below.strip());
        }
        if (time.isPresent()) {
            filter = filter.with("schedule", time.get());
        }
        return timeout == null ? filter : filter.with("timeout", timeout);
    }

    private boolean report(Selection selection, Reply reply, MemberRow member) {
        return switch (reply) {
            case Reply.Answered answer when answer.status() == 202 -> {
                context.console().line("Success: restart scheduled on member " + member.name());
                yield true;
            }
            case Reply.Answered answer when answer.ok() -> {
                context.console().line("Success: restart on member " + member.name());
                yield true;
            }
            case Reply.Answered answer when answer.status() == 409 -> {
                context.console()
                        .line(
                                "Failed: another restart is already scheduled on member "
                                        + member.name());
                yield false;
            }
            case Reply.Answered _, Reply.NoAnswer _ -> selection.report(reply, member, "restart");
        };
    }
}
