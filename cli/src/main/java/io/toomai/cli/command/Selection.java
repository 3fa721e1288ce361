package io.toomai.cli.command;

import io.toomai.cli.CliException;
import io.toomai.cli.command.LeaderChange.Asking;
import io.toomai.cli.rest.Reply;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import io.toomai.cli.view.ClusterAnswer.RoleWord;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Which members a command is about, and the questions before it touches them.
final class Selection {
    private final Context context;
    private final Asking asking;

    Selection(Context context, Asking asking) {
        this.context = context;
        this.asking = asking;
    }

    /// Whether naming no member means all of them.
    enum Unnamed {
        ALL,
        ASK
    }

    /// Members by name and role, in the cluster's order, after showing the cluster.
    List<MemberRow> choose(
            ClusterAnswer view, List<String> names, RoleWord role, String action, Unnamed unnamed) {
        List<MemberRow> suited = view.members(role);
        if (names.isEmpty() && suited.isEmpty()) {
            throw CliException.refused(view.scope() + " cluster doesn't have any members");
        }
        context.show(view);
        List<String> wanted = names;
        if (!names.isEmpty()) {
            wanted = names.stream().filter(name -> contains(suited, name)).toList();
            if (wanted.isEmpty()) {
                throw CliException.refused("No " + role + " among provided members");
            }
        } else if (unnamed == Unnamed.ALL) {
            return suited;
        } else if (asking == Asking.INTERACTIVE) {
            String list = suited.stream().map(MemberRow::name).collect(Collectors.joining(", "));
            String name =
                    context.console()
                            .ask(
                                    "Which member do you want to " + action + " [" + list + "]?",
                                    Optional.of(""));
            if (!contains(suited, name)) {
                throw CliException.refused(name + " is not a member of cluster");
            }
            wanted = List.of(name);
        }
        List<String> chosen = wanted;
        return suited.stream().filter(member -> chosen.contains(member.name())).toList();
    }

    private static boolean contains(List<MemberRow> members, String name) {
        return members.stream().anyMatch(member -> member.name().equals(name));
    }

    /// Asks once for all of them.
    void confirm(List<MemberRow> members, String action, Optional<String> time) {
        if (asking == Asking.FORCE) {
            return;
        }
        String names = members.stream().map(MemberRow::name).collect(Collectors.joining(", "));
        String question =
                time.map(at ->
                                "Are you sure you want to schedule %s of members %s at %s?"
                                        .formatted(action, names, at))
                        .orElseGet(() ->
                                "Are you sure you want to %s members %s?".formatted(action, names));
        if (!context.console().confirm(question)) {
            throw CliException.refused(
                    time.isPresent() ? "Aborted scheduled " + action : "Aborted " + action);
        }
    }

    /// Prints how it went; true when it went well.
    boolean report(Reply reply, MemberRow member, String action) {
        return switch (reply) {
            case Reply.Answered answer when answer.status() < 400 -> {
                context.console().line("Success: " + action + " for member " + member.name());
                yield true;
            }
            case Reply.Answered(int status, String body) -> {
                context.console()
                        .line(
                                "Failed: %s for member %s, status code=%d, (%s)"
                                        .formatted(action, member.name(), status, body.strip()));
                yield false;
            }
            case Reply.NoAnswer(String reason) -> {
                context.console()
                        .line(
                                "Failed: %s for member %s, %s"
                                        .formatted(action, member.name(), reason));
                yield false;
            }
        };
    }
}
