package io.toomai.core.ha;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.ha.LocalPostgres.Primary;
import io.toomai.core.ha.LocalPostgres.Standby;
import io.toomai.core.ha.LocalPostgres.Starting;
import io.toomai.core.ha.LocalPostgres.Stopped;
import io.toomai.core.ha.LocalPostgres.Unresponsive;
import io.toomai.core.ha.LocalPostgres.WithoutData;
import java.util.List;

/// What a node does while the store does not answer (contract §5.9): a primary goes on for as long
/// as its lease runs, or in failsafe mode all members let it, because until then nobody else can
/// lead.
final class StoreLostPolicy {
    private StoreLostPolicy() {}

    static Decision decide(HaView view, StoreReading.Unreadable lost) {
        String what = "DCS is not accessible: " + lost.why();
        if (view.wish() instanceof Wish.ShutDown) {
            return ShutdownPolicy.withoutStore(view);
        }
        if (view.settings().isPaused() || view.task() instanceof LongTask.Running) {
            return view.settings().isPaused() || !mayWrite(view.postgres())
                    ? HaPolicy.of(view, Rule.STORE_LOST, what)
                    : leading(view, Rule.STORE_LOST, what);
        }
        return switch (view.postgres()) {
            case Primary _, Unresponsive _, Starting _, Standby _ when mayWrite(view.postgres()) ->
                    leading(view, Rule.STORE_LOST_LEASE_RUNS, what + ", my lease still runs");
            case Stopped stopped when !lost.lastSeen().equals(ClusterView.EMPTY) ->
                    RecoveryPolicy.startAsStandby(
                            view,
                            FailsafePolicy.upstream(view, stopped),
                            "starting as a secondary for reading, " + what);
            case Stopped _, Primary _, Standby _, Starting _, Unresponsive _, WithoutData _ ->
                    HaPolicy.of(view, Rule.STORE_LOST, what);
        };
    }

    /// Somebody may write here: goes on while nobody else can lead, by the lease or by what all
    /// members have promised, and asks them well before either ends.
    ///
    /// @param rule and `what` describe the case in which the lease alone carries
    private static Decision leading(HaView view, Rule rule, String what) {
        if (!leaseRuns(view)) {
            return fence(view);
        }
        Decision goesOn =
                FailsafePolicy.carries(view)
                        ? HaPolicy.of(
                                view,
                                Rule.STORE_LOST_FAILSAFE,
                                "continue to run as a leader because failsafe mode is enabled and"
                                        + " all members are accessible")
                        : HaPolicy.of(
                                view,
                                rule,
                                what
                                        + view.failsafe()
                                                .obstacle()
                                                .map("; failsafe mode: "::concat)
                                                .orElse(""));
        return FailsafePolicy.question(view)
                .map(question ->
                        goesOn.then(List.of(question))
                                .recheckIn(FailsafePolicy.patience(view.settings().ttl())))
                .orElse(goesOn);
    }

    private static Decision fence(HaView view) {
        String why = "demoted self because DCS is not accessible and I was a leader";
        return HaPolicy.of(view, Rule.STORE_LOST_LEASE_OVER, why, new Command.Fence(why));
    }

    private static boolean leaseRuns(HaView view) {
        return view.lease() instanceof Lease.Held(var until) && view.now().isBefore(until);
    }

    /// Whether clients could write to this server now, or once it is up or promoted.
    static boolean mayWrite(LocalPostgres postgres) {
        return switch (postgres) {
            case Primary _ -> true;
            case Starting starting -> starting.startsAs() == LocalPostgres.StartsAs.PRIMARY;
            case Unresponsive silent -> RecoveryPolicy.mayWrite(silent);
            case Standby standby -> standby.isPromoting();
            case Stopped _, WithoutData _ -> false;
        };
    }
}
