package io.toomai.core.ha;

import io.toomai.core.ha.LocalPostgres.Answering;
import io.toomai.core.ha.LocalPostgres.Primary;
import io.toomai.core.ha.LocalPostgres.Starting;
import io.toomai.core.ha.LocalPostgres.Stopped;
import io.toomai.core.ha.LocalPostgres.Unresponsive;
import io.toomai.core.ha.LocalPostgres.WithoutData;
import io.toomai.core.model.Lsn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The clean end of an agent: PostgreSQL stops first, then the key is given up, so that a successor
/// starts from everything there is. In maintenance mode PostgreSQL is left alone.
final class ShutdownPolicy {
    private ShutdownPolicy() {}

    static Decision decide(HaView view) {
        if (view.settings().isPaused()) {
            return end(view, "leaving PostgreSQL running");
        }
        return switch (view.postgres()) {
            case Answering _, Starting _, Unresponsive _ -> stop(view);
            case Stopped stopped when view.leads() -> release(view, stopped);
            case Stopped stopped -> endAfter(view, stopped, "PostgreSQL is stopped");
            case WithoutData _ -> end(view, "PostgreSQL is stopped");
        };
    }

    private static Decision release(HaView view, Stopped stopped) {
        boolean clean = stopped.control().state() == ControlFacts.State.SHUT_DOWN;
        String why = "released the leader key before stopping";
        Optional<Lsn> optime =
                clean ? Optional.of(stopped.control().checkpoint()) : Optional.empty();
        List<Command> commands = new ArrayList<>(fenceOfOrphans(stopped));
        commands.add(new Command.ReleaseLeaderKey(Optional.empty(), optime));
        commands.add(new Command.EndAgent("asked to stop", Command.ExitStatus.ASKED));
        return HaPolicy.of(view, Rule.SHUTDOWN_ASKED, why, commands);
    }

    /// The key cannot be given up, so PostgreSQL must be down before the session ends with this
    /// process: its end sets the key free at once.
    static Decision withoutStore(HaView view) {
        if (view.task() instanceof LongTask.Running running) {
            return HaPolicy.of(
                    view,
                    Rule.SHUTDOWN_ASKED,
                    "stopping as soon as this is done: " + running.kind().text());
        }
        String why = "the store does not answer";
        if (view.settings().isPaused()) {
            return end(view, why);
        }
        return switch (view.postgres()) {
            case Answering _, Starting _, Unresponsive _ -> stop(view);
            case Stopped stopped -> endAfter(view, stopped, why);
            case WithoutData _ -> end(view, why);
        };
    }

    /// Nobody guards what is left running here afterwards.
    private static Decision endAfter(HaView view, Stopped stopped, String why) {
        List<Command> commands = new ArrayList<>(fenceOfOrphans(stopped));
        commands.add(new Command.EndAgent(why, Command.ExitStatus.ASKED));
        return HaPolicy.of(view, Rule.SHUTDOWN_ASKED, "stopping: " + why, commands);
    }

    /// Backends may outlive a postmaster that died; they must not write under the next leader.
    private static List<Command> fenceOfOrphans(Stopped stopped) {
        return switch (stopped.control().state()) {
            case SHUT_DOWN, SHUT_DOWN_IN_RECOVERY -> List.of();
            case STARTING_UP,
                    SHUTTING_DOWN,
                    IN_CRASH_RECOVERY,
                    IN_ARCHIVE_RECOVERY,
                    IN_PRODUCTION ->
                    List.of(new Command.Fence("stopping after a crash"));
        };
    }

    private static Decision stop(HaView view) {
        boolean stuck =
                RecoveryPolicy.failed(view, LongTask.Kind.STOP).isPresent()
                        || view.postgres() instanceof Unresponsive
                        || view.serving().isDoubtful();
        return HaPolicy.of(
                view,
                Rule.SHUTDOWN_ASKED,
                "stopping PostgreSQL",
                new Command.Stop(
                        stuck ? Command.StopMode.IMMEDIATE : Command.StopMode.FAST,
                        view.postgres() instanceof Primary && !stuck
                                ? Command.Before.CHECKPOINT
                                : Command.Before.NOTHING,
                        view.postgres() instanceof Primary
                                ? SwitchoverPolicy.killAfter(view)
                                : Optional.empty()));
    }

    private static Decision end(HaView view, String why) {
        return HaPolicy.of(
                view,
                Rule.SHUTDOWN_ASKED,
                "stopping: " + why,
                new Command.EndAgent(why, Command.ExitStatus.ASKED));
    }
}
