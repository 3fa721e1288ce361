package io.toomai.agent.loop;

import io.toomai.core.ha.Command;
import io.toomai.core.ha.StoreReading;
import io.toomai.settings.DynamicSettings;
import java.util.Optional;

/// The leader of a standby cluster follows a primary elsewhere and is never promoted. The rules of
/// this version do not know such a leader: they would promote it, and the data would fork from that
/// primary's. So an agent that is started on such a cluster decides nothing. For the loop's thread.
final class StandbyClusterCheck {
    private State state = State.NOT_YET;

    private enum State {
        NOT_YET,
        DONE
    }

    /// Looks once, at the first reading that the store answered: a running cluster that gets the
    /// setting goes on as it is, which forks nothing.
    ///
    /// @param dynamic as the store has it, or as this node would write it there
    /// @return why this agent must end, when this is a standby cluster
    Optional<Command.EndAgent> look(StoreReading store, DynamicSettings dynamic) {
        if (state == State.DONE || !(store instanceof StoreReading.Answered)) {
            return Optional.empty();
        }
        state = State.DONE;
        return dynamic.standbyCluster()
                .map(_ ->
                        new Command.EndAgent(
                                "the dynamic configuration has standby_cluster, and this version"
                                        + " would promote its leader. Nothing was changed; let"
                                        + " Patroni manage this cluster",
                                Command.ExitStatus.FATAL));
    }
}
