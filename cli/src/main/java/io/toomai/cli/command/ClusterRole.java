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
import java.util.Optional;

/// What `demote-cluster` and `promote-cluster` have in common: show, ask, change the configuration
/// through the leader, then tell how far the cluster is until its leader plays the wanted role.
final class ClusterRole {
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    /// A demoted primary may have to be rewound before it runs again; after this long the cluster
    /// goes on by itself and this program ends.
    private static final int MOST_LOOKS = 600;

    private final Context context;
    private final Cluster cluster;
    private final Wanted wanted;

    ClusterRole(Context context, Cluster cluster, Wanted wanted) {
        this.context = context;
        this.cluster = cluster;
        this.wanted = wanted;
    }

    /// The direction.
    enum Wanted {
        DEMOTE("demot", "standby_leader"),
        PROMOTE("promot", "primary");

        private final String stem;
        private final String role;

        Wanted(String stem, String role) {
            this.stem = stem;
            this.role = role;
        }
    }

    /// How a member is, by its own account.
    private record Standing(String role, String state) {
        boolean isRunning() {
            return state.equals("running");
        }
    }

    /// @param standbyCluster the new section; null ends the standby cluster
    int run(String name, Asking asking, Json standbyCluster) {
        ClusterAnswer view = context.view(cluster, name);
        MemberRow leader =
                view.leader()
                        .orElseThrow(() ->
                                CliException.refused(
                                        "Cluster has no leader, "
                                                + wanted.stem
                                                + "ion is not possible"));
        if (standing(leader).filter(s -> s.role().equals(wanted.role)).isPresent()) {
            throw CliException.refused("Cluster is already in the required state");
        }
        context.console().line("Current cluster topology");
        context.show(view);
        if (asking == Asking.INTERACTIVE
                && !context.console()
                        .confirm(
                                "Are you sure you want to %se %s cluster?"
                                        .formatted(wanted.stem, view.scope()))) {
            throw CliException.refused("Aborted cluster " + wanted.stem + "ion");
        }
        change(leader, view.scope(), standbyCluster);
        return await(leader);
    }

    private void change(MemberRow leader, String scope, Json standbyCluster) {
        Json body = Json.Obj.EMPTY.with("standby_cluster", standbyCluster);
        Reply reply = cluster.call(leader, Request.of("PATCH", "/config", body), Cluster.QUICK);
        String failed = "Failed to " + wanted.stem + "e " + scope + " cluster: ";
        switch (reply) {
            case Reply.Answered answer when answer.status() == 200 -> {}
            case Reply.Answered(int status, String text) ->
                    throw new CliException(
                            CliException.Code.FAILED,
                            failed
                                    + "/config PATCH status code=%d, (%s)"
                                            .formatted(status, text.strip()));
            case Reply.NoAnswer(String reason) ->
                    throw new CliException(CliException.Code.NO_ANSWER, failed + reason);
        }
    }

    private int await(MemberRow before) {
        for (int look = 0; look < MOST_LOOKS; look++) {
            Optional<MemberRow> leader = cluster.view().leader();
            Optional<Standing> leads = leader.flatMap(this::standing);
            Optional<Standing> formerly = standing(before);
            boolean settled =
                    leads.filter(s -> s.isRunning() && s.role().equals(wanted.role)).isPresent()
                            && (wanted == Wanted.PROMOTE
                                    || formerly.filter(Standing::isRunning).isPresent());
            if (settled) {
                context.console()
                        .line(Context.second() + " cluster is successfully " + wanted.stem + "ed");
                return 0;
            }
            boolean moved =
                    leader.filter(member -> !member.name().equals(before.name())).isPresent();
            context.console()
                    .line(
                            "%s cluster is unlocked: %s, leader role: %s, leader state: %s%s"
                                    .formatted(
                                            Context.second(),
                                            leader.isEmpty() ? "True" : "False",
                                            leads.map(Standing::role).orElse("None"),
                                            leads.map(Standing::state).orElse("None"),
                                            wanted == Wanted.DEMOTE && moved
                                                    ? ", previous leader state: "
                                                            + formerly.map(Standing::state)
                                                                    .orElse("None")
                                                    : ""));
            if (!Pause.of(BETWEEN_LOOKS)) {
                break;
            }
        }
        context.console()
                .warn(
                        "The configuration is changed; the cluster is still on its way. Look with: "
                                + context.program()
                                + " list");
        return context.failed();
    }

    /// `/cluster` tells the role that the configuration names; only the member knows what it is.
    private Optional<Standing> standing(MemberRow member) {
        return cluster.status(member)
                .map(status -> new Standing(status.textAt("role"), status.textAt("state")));
    }
}
