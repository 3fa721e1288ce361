package io.toomai.cli.command;

import io.toomai.cli.CliException;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import io.toomai.cli.view.ClusterAnswer.RoleWord;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// `-r ROLE` or `-m MEMBER`: the one member that `dsn` and `query` are about.
final class MemberChoice {
    @Option(
            names = {"-r", "--role"},
            converter = RoleConverter.class,
            description = "A member of this role")
    private @Nullable RoleWord role;

    @Option(
            names = {"-m", "--member"},
            description = "This member")
    private @Nullable String member;

    MemberRow choose(ClusterAnswer view) {
        return find(view).orElseThrow(() -> CliException.refused("Can not find a suitable member"));
    }

    Optional<MemberRow> find(ClusterAnswer view) {
        if (role != null && member != null) {
            throw CliException.refused("--role and --member are mutually exclusive options");
        }
        Optional<MemberRow> found =
                member == null ? view.members(role()).stream().findFirst() : view.member(member);
        return found.filter(one -> !one.host().isEmpty());
    }

    /// What patronictl says when there is no such member, or it is no longer what was asked for.
    String notFound() {
        if (member != null) {
            return "No connection to member " + member + " is available";
        }
        return role == null
                ? "No connection is available"
                : "No connection to role " + role + " is available";
    }

    RoleWord role() {
        if (role != null) {
            return role;
        }
        return member == null ? RoleWord.LEADER : RoleWord.ANY;
    }
}
