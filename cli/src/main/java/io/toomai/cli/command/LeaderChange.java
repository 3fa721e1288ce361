package io.toomai.cli.command;

import io.toomai.cli.CliException;
import io.toomai.cli.Console;
import io.toomai.cli.rest.Cluster;
import io.toomai.cli.rest.Connector.Groups;
import io.toomai.cli.rest.Http.Request;
import io.toomai.cli.rest.Reply;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What `switchover` and `failover` have in common: show, ask, send, show again.
final class LeaderChange {
    /// The member answers when the new leader is there; it gives up itself after about 20 s or two
    /// loops, whichever is longer.
    private static final Duration PATIENCE = Duration.ofSeconds(150);

    private final Context context;
    private final ConnectionOptions connection;
    private final Wish wish;

    LeaderChange(Context context, ConnectionOptions connection, Wish wish) {
        this.context = context;
        this.connection = connection;
        this.wish = wish;
    }

    /// Planned, or because there is no other way.
    enum Action {
        SWITCHOVER,
        FAILOVER;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        String title() {
            return name().charAt(0) + text().substring(1);
        }
    }

    /// Whether questions are asked.
    enum Asking {
        INTERACTIVE,
        FORCE;

        static Asking of(boolean force) {
            return force ? FORCE : INTERACTIVE;
        }
    }

    /// What the command line said.
    record Wish(
            Action action,
            String clusterName,
            Optional<String> leader,
            Optional<String> candidate,
            Optional<String> scheduled,
            Asking asking) {}

    int run() {
        Cluster cluster = context.cluster(connection, wish.clusterName(), Groups.ALL);
        ClusterAnswer before = context.view(cluster, wish.clusterName());
        context.console().line("Current cluster topology");
        context.show(before);
        return switch (before.grouping()) {
            case NONE, ONE -> run(cluster, before);
            case ALL -> {
                Cluster chosen = oneGroup();
                yield run(chosen, context.view(chosen, wish.clusterName()));
            }
        };
    }

    /// Each group of a Citus cluster has a leader of its own.
    private Cluster oneGroup() {
        if (wish.asking() == Asking.FORCE) {
            throw CliException.refused("For Citus clusters the --group must be specified");
        }
        String text = context.console().ask("Citus group", Optional.empty());
        if (!text.matches("\\d{1,9}")) {
            throw CliException.refused("'" + text + "' is no number of a Citus group");
        }
        return context.cluster(
                connection.target(context.connection).ofGroup(Integer.parseInt(text)),
                wish.clusterName(),
                Groups.ALL);
    }

    private int run(Cluster cluster, ClusterAnswer before) {
        Optional<String> leader = leader(before);
        Optional<String> candidate = candidate(before);
        if (wish.action() == Action.FAILOVER) {
            confirmAsynchronous(before, candidate.orElse(""));
        }
        Optional<String> time = time(before);
        confirm(before, time);
        Json.Obj body = Json.Obj.EMPTY;
        if (candidate.isPresent()) {
            body = body.with("candidate", candidate.get());
        }
        if (wish.action() == Action.SWITCHOVER && leader.isPresent()) {
            body = body.with("leader", leader.get());
        }
        if (time.isPresent()) {
            body = body.with("scheduled_at", time.get());
        }
        return send(cluster, before, candidate, body);
    }

    private Optional<String> leader(ClusterAnswer view) {
        Optional<MemberRow> current = view.leader();
        if (wish.action() == Action.FAILOVER) {
            return current.map(MemberRow::name);
        }
        if (current.isEmpty()) {
            throw CliException.refused("This cluster has no leader");
        }
        String name =
                wish.leader()
                        .orElseGet(() ->
                                switch (wish.asking()) {
                                    case FORCE -> current.get().name();
                                    case INTERACTIVE ->
                                            context.ask(title(current.get()), current.get().name());
                                });
        if (!name.equals(current.get().name())) {
            throw CliException.refused(
                    "Member " + name + " is not the leader of cluster " + view.scope());
        }
        return Optional.of(name);
    }

    private static String title(MemberRow leader) {
        return leader.role().equals("standby_leader") ? "Standby Leader" : "Primary";
    }

    private Optional<String> candidate(ClusterAnswer view) {
        List<String> names =
                view.members().stream()
                        .filter(member -> !member.leads() && !member.isTaggedAway())
                        .map(MemberRow::name)
                        .sorted()
                        .toList();
        if (names.isEmpty()) {
            throw CliException.refused("No candidates found to " + wish.action().text() + " to");
        }
        Optional<String> chosen =
                wish.candidate().isEmpty() && wish.asking() == Asking.INTERACTIVE
                        ? Optional.of(context.ask("Candidate " + Context.quotedList(names), ""))
                        : wish.candidate();
        chosen = chosen.filter(name -> !name.isEmpty());
        if (chosen.isEmpty()) {
            if (wish.action() == Action.FAILOVER) {
                throw CliException.refused(
                        "Failover could be performed only to a specific candidate");
            }
            return chosen;
        }
        String name = chosen.get();
        if (view.leader().filter(leader -> leader.name().equals(name)).isPresent()) {
            throw CliException.refused(wish.action().title() + " target and source are the same.");
        }
        if (!names.contains(name)) {
            throw CliException.refused(
                    "Member "
                            + name
                            + " does not exist in cluster "
                            + view.scope()
                            + " or is tagged as nofailover");
        }
        return chosen;
    }

    private void confirmAsynchronous(ClusterAnswer view, String candidate) {
        boolean synchronous = view.members().stream().anyMatch(MemberRow::isSynchronous);
        boolean safe = view.member(candidate).filter(MemberRow::isSynchronous).isPresent();
        if (wish.asking() == Asking.INTERACTIVE && synchronous && !safe) {
            agree(
                    "Are you sure you want to failover to the asynchronous node " + candidate + "?",
                    "Aborting failover");
        }
    }

    private Optional<String> time(ClusterAnswer view) {
        if (wish.action() == Action.FAILOVER) {
            return Optional.empty();
        }
        ZoneId zone = ZoneId.systemDefault();
        String text =
                wish.scheduled()
                        .orElseGet(() ->
                                switch (wish.asking()) {
                                    case FORCE -> "now";
                                    case INTERACTIVE ->
                                            context.ask(
                                                    "When should the switchover take place"
                                                            + " (e.g. "
                                                            + Schedule.example(zone)
                                                            + " ) ",
                                                    "now");
                                });
        Optional<String> time = Schedule.parse(text, zone);
        if (time.isPresent() && view.isPaused()) {
            throw CliException.refused("Can't schedule switchover in the paused state");
        }
        return time;
    }

    private void confirm(ClusterAnswer view, Optional<String> time) {
        if (wish.asking() == Asking.FORCE) {
            return;
        }
        String demoting =
                view.leader().map(l -> ", demoting current leader " + l.name()).orElse("");
        String action = wish.action().text();
        if (time.isPresent()) {
            agree(
                    "Are you sure you want to schedule %s of cluster %s at %s%s?"
                            .formatted(action, view.scope(), time.get(), demoting),
                    "Aborting scheduled " + action);
        } else {
            agree(
                    "Are you sure you want to %s cluster %s%s?"
                            .formatted(action, view.scope(), demoting),
                    "Aborting " + action);
        }
    }

    private void agree(String question, String otherwise) {
        if (!context.console().confirm(question)) {
            throw CliException.refused(otherwise);
        }
    }

    private int send(
            Cluster cluster, ClusterAnswer before, Optional<String> candidate, Json.Obj body) {
        Console console = context.console();
        MemberRow addressee =
                before.leader()
                        .or(() -> candidate.flatMap(before::member))
                        .orElseThrow(() -> CliException.refused("This cluster has no leader"));
        String action = wish.action().text();
        switch (cluster.call(addressee, Request.of("POST", "/" + action, body), PATIENCE)) {
            case Reply.Answered answer when answer.status() == 200 || answer.status() == 202 ->
                    console.line(Context.moment() + " " + answer.body());
            case Reply.Answered(int status, String text) -> {
                console.line(
                        "%s failed, details: %d, %s"
                                .formatted(wish.action().title(), status, text));
                return context.failed();
            }
            case Reply.NoAnswer(String reason) ->
                    throw new CliException(
                            CliException.Code.NO_ANSWER,
                            "%s Could not %s: %s. Whether it was begun is unknown; look with: %s list"
                                    .formatted(
                                            Context.moment(), action, reason, context.program()));
        }
        context.show(cluster.view());
        return 0;
    }
}
