package io.toomai.cli.command;

import io.toomai.cli.CliException;
import io.toomai.cli.rest.Cluster;
import io.toomai.cli.rest.Http.Request;
import io.toomai.cli.rest.Reply;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Switches the cluster's maintenance mode on or off.
final class MaintenanceMode {
    private static final long USUAL_LOOP_WAIT = 10;
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

    private final Context context;
    private final Cluster cluster;
    private final Wanted wanted;

    MaintenanceMode(Context context, Cluster cluster, Wanted wanted) {
        this.context = context;
        this.cluster = cluster;
        this.wanted = wanted;
    }

    /// What the operator asked for.
    enum Wanted {
        PAUSE("pause", "paused", "already"),
        RESUME("resume", "resumed", "not");

        private final String verb;
        private final String done;
        private final String already;

        Wanted(String verb, String done, String already) {
            this.verb = verb;
            this.done = done;
            this.already = already;
        }
    }

    /// Whether to wait until every member has seen it.
    enum Waiting {
        RETURN,
        WAIT
    }

    int run(String name, Waiting waiting) {
        ClusterAnswer view = context.view(cluster, name);
        if (view.isPaused() == (wanted == Wanted.PAUSE)) {
            throw CliException.refused("Cluster is " + wanted.already + " paused");
        }
        Json value = wanted == Wanted.PAUSE ? new Json.Bool(true) : Json.Null.VALUE;
        Request request = Request.of("PATCH", "/config", Json.Obj.EMPTY.with("pause", value));
        for (MemberRow member : view.leaderFirst()) {
            switch (cluster.call(member, request, Cluster.QUICK)) {
                case Reply.Answered answer when answer.status() == 200 -> {
                    return waiting == Waiting.WAIT ? await(view) : done();
                }
                case Reply.Answered(int status, String body) -> {
                    context.console()
                            .line(
                                    "Failed: %s cluster management status code=%d, (%s)"
                                            .formatted(wanted.verb, status, body.strip()));
                    return context.failed();
                }
                case Reply.NoAnswer(String reason) ->
                        context.console()
                                .warn("Member " + member.name() + " is not accessible: " + reason);
            }
        }
        throw new CliException(
                CliException.Code.NO_ANSWER, "Can not find accessible cluster member");
    }

    private int done() {
        context.console().line("Success: cluster management is " + wanted.done);
        return 0;
    }

    private int await(ClusterAnswer view) {
        context.console()
                .line(
                        "'%s' request sent, waiting until it is recognized by all nodes"
                                .formatted(wanted.verb));
        long seconds = cluster.config().longAt("loop_wait").orElse(USUAL_LOOP_WAIT) + 1;
        long deadline = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        List<MemberRow> left = new ArrayList<>(view.members());
        while (true) {
            left.removeIf(member ->
                    cluster.status(member)
                            .filter(status -> status.isTrueAt("pause") == (wanted == Wanted.PAUSE))
                            .isPresent());
            if (left.isEmpty()) {
                return done();
            }
            if (System.nanoTime() > deadline || !Pause.of(BETWEEN_LOOKS)) {
                throw new CliException(
                        CliException.Code.FAILED,
                        "%s members didn't recognized %s state after %d seconds"
                                .formatted(
                                        left.stream()
                                                .map(MemberRow::name)
                                                .collect(Collectors.joining(", ")),
                                        wanted.verb,
                                        seconds));
            }
        }
    }
}
