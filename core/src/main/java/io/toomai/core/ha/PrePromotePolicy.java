package io.toomai.core.ha;

import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.Optional;

/// Asks the operator's `pre_promote` script with the key held and before anything is promoted
/// (contract §4.7). It may fail: then the key is given up, and this node does not race for one ttl.
///
/// The script is long work of its own, begun before `/sync` is written: who is refused has excluded
/// nobody, and the promotion itself asks for the lease again at its own beginning. Its answer
/// counts for the hold of the key under which it was asked and for no other.
final class PrePromotePolicy {
    private PrePromotePolicy() {}

    /// What is done instead of a promotion; empty where the promotion may begin.
    ///
    /// @param until the end of the lease that the script is asked under
    static Optional<Decision> before(HaView view, LocalPostgres.Standby standby, MonoTime until) {
        if (!isConfigured(view) || standby.isPromoting()) {
            return Optional.empty();
        }
        if (hindrance(view).isPresent()) {
            return Optional.of(release(view)); // an earlier release has not reached the store
        }
        return switch (view.memory().prePromote()) {
            case PrePromote.Asked(var since) -> answered(view, since, until);
            case PrePromote.NotAsked _, PrePromote.Refused _ -> Optional.of(ask(view, until));
        };
    }

    private static Optional<Decision> answered(HaView view, MonoTime since, MonoTime until) {
        LongTask.Outcome last =
                view.task() instanceof LongTask.Idle(var outcome)
                        ? outcome
                        : new LongTask.Outcome.None();
        return switch (last) {
            case LongTask.Outcome.Succeeded(var kind, var at)
                    when kind == LongTask.Kind.PRE_PROMOTE && !at.isBefore(since) ->
                    Optional.empty();
            case LongTask.Outcome.Failed(var kind, var at, _)
                    when kind == LongTask.Kind.PRE_PROMOTE && !at.isBefore(since) ->
                    Optional.of(
                            release(view)
                                    .remembering(
                                            view.memory()
                                                    .withPrePromote(
                                                            new PrePromote.Refused(view.now()))));
            case LongTask.Outcome.Succeeded _, LongTask.Outcome.Failed _, LongTask.Outcome.None _ ->
                    Optional.of(ask(view, until));
        };
    }

    private static Decision ask(HaView view, MonoTime until) {
        return HaPolicy.of(
                        view,
                        Rule.PRE_PROMOTE_ASKED,
                        "asking the pre-promote script, I hold the leader key",
                        new Command.AskPrePromote(until, patience(view.settings())))
                .remembering(view.memory().withPrePromote(new PrePromote.Asked(view.now())));
    }

    /// As long as a crashed primary may take to come back: nobody leads meanwhile either.
    private static Duration patience(HaSettings settings) {
        Duration start = settings.primary().startTimeoutOrDefault();
        return start.compareTo(settings.ttl()) < 0 ? settings.ttl() : start;
    }

    private static Decision release(HaView view) {
        return HaPolicy.of(
                view,
                Rule.PRE_PROMOTE_REFUSED,
                "Promotion cancelled because the pre-promote script failed",
                new Command.ReleaseLeaderKey(Optional.empty(), Optional.empty()));
    }

    /// Why this standby does not take the key now.
    static Optional<String> hindrance(HaView view) {
        return isConfigured(view)
                        && view.memory().prePromote() instanceof PrePromote.Refused(var at)
                        && view.now().since(at).compareTo(view.settings().ttl()) < 0
                ? Optional.of(
                        "the pre-promote script failed less than ttl ago, and the leader key was"
                                + " given up")
                : Optional.empty();
    }

    private static boolean isConfigured(HaView view) {
        return view.settings().prePromote() == HaSettings.Script.CONFIGURED;
    }

    /// Ends a script whose answer nobody needs any more.
    static Optional<Decision> cancelling(HaView view) {
        boolean asked =
                view.task() instanceof LongTask.Running(var kind, _, _)
                        && kind == LongTask.Kind.PRE_PROMOTE;
        if (!asked || (view.leads() && !(view.wish() instanceof Wish.ShutDown))) {
            return Optional.empty();
        }
        return Optional.of(
                view.leads()
                        ? HaPolicy.of(
                                view,
                                Rule.SHUTDOWN_ASKED,
                                "stopping: the pre-promote script is ended",
                                new Command.CancelPrePromote())
                        : HaPolicy.of(
                                view,
                                Rule.TASK_LOST_KEY,
                                "lost leader before promote: the pre-promote script is ended",
                                new Command.CancelPrePromote()));
    }

    /// What is remembered after this view: who does not lead is asked afresh.
    static HaMemory kept(HaView view, HaMemory memory) {
        return memory.prePromote() instanceof PrePromote.Asked && !view.leads()
                ? memory.withPrePromote(new PrePromote.NotAsked())
                : memory;
    }
}
