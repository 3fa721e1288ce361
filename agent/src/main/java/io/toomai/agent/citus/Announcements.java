package io.toomai.agent.citus;

import io.toomai.agent.loop.HaLoop;
import io.toomai.api.GroupEvent;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LongTask;
import java.util.Optional;

/// Which event a cycle gives reason for. `willStop` may be called from any thread, the rest is for
/// the loop's.
final class Announcements {
    private volatile Said said = Said.NOTHING;
    private Serving served = Serving.NO;

    private enum Serving {
        YES,
        NO
    }

    /// What the coordinator believes.
    private enum Said {
        NOTHING,
        /// Traffic waits for whoever is promoted next.
        WILL_STOP
    }

    /// The coordinator is told so now, on the thread that stops.
    void willStop() {
        said = Said.WILL_STOP;
    }

    /// A primary that serves is told of when it begins to, and when it goes on though it was to
    /// stop.
    Optional<GroupEvent.Type> after(HaLoop.Cycle cycle) {
        if (cycle.decision().commands().stream().anyMatch(Command.Promote.class::isInstance)) {
            return Optional.of(GroupEvent.Type.BEFORE_PROMOTE);
        }
        Serving serves =
                cycle.portrait().role() == MemberRole.PRIMARY
                                && cycle.portrait().isRunning()
                                && cycle.view().postgres() instanceof LocalPostgres.Primary
                        ? Serving.YES
                        : Serving.NO;
        boolean stopsNoMore = said == Said.WILL_STOP && !isStopping(cycle);
        boolean news = serves == Serving.YES && (served == Serving.NO || stopsNoMore);
        served = serves;
        if (!news) {
            return Optional.empty();
        }
        said = Said.NOTHING;
        return Optional.of(GroupEvent.Type.AFTER_PROMOTE);
    }

    /// The view of the cycle that begins a stop does not show it yet.
    private static boolean isStopping(HaLoop.Cycle cycle) {
        return cycle.view().task() instanceof LongTask.Running
                || cycle.decision().commands().stream()
                        .anyMatch(c -> c instanceof Command.Stop || c instanceof Command.Restart);
    }
}
