package io.toomai.agent.hooks;

import io.toomai.core.cluster.MemberRole;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.Decision;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LongTask;
import io.toomai.core.ha.Rule;

/// What this node is to the cluster at the end of a cycle, as far as callbacks follow from it.
public enum Standing {
    /// It may change at this moment, or nothing runs; there is nothing to tell.
    UNSETTLED,
    /// A primary that leads, or that maintenance mode leaves alone.
    PRIMARY,
    REPLICA,
    STANDBY_LEADER,
    /// The leader's PostgreSQL does not start.
    GIVEN_UP;

    /// @param role what the other members are told
    public static Standing of(HaView view, Decision decision, MemberRole role) {
        boolean moves =
                view.task() instanceof LongTask.Running
                        || decision.commands().stream()
                                .anyMatch(c ->
                                        c instanceof Command.Aside || c instanceof Command.Fence);
        if (decision.rule() == Rule.PRIMARY_GIVES_UP) {
            return GIVEN_UP;
        }
        if (moves) {
            return UNSETTLED;
        }
        return switch (view.postgres()) {
            case LocalPostgres.Primary _ ->
                    view.leads() || view.settings().isPaused() ? PRIMARY : UNSETTLED;
            case LocalPostgres.Standby standby
                    when standby.replay() == LocalPostgres.Replay.PROMOTING ->
                    UNSETTLED;
            case LocalPostgres.Standby _ ->
                    role == MemberRole.STANDBY_LEADER ? STANDBY_LEADER : REPLICA;
            case LocalPostgres.WithoutData _,
                    LocalPostgres.Stopped _,
                    LocalPostgres.Starting _,
                    LocalPostgres.Unresponsive _ ->
                    UNSETTLED;
        };
    }
}
