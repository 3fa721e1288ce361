package io.toomai.core.ha;

import io.toomai.core.ha.LocalPostgres.Primary;
import io.toomai.core.ha.LocalPostgres.Unresponsive;
import io.toomai.core.ha.Serving.Troubled;
import io.toomai.core.model.Lsn;
import java.time.Duration;
import java.util.Optional;

/// What a leader does whose PostgreSQL lives and serves nobody (decision 0010): after
/// `toomai.probe_timeout` it ends PostgreSQL and hands the key to a standby that is fit. Without
/// one, and in maintenance mode, it keeps the key: somebody who serves late is better than nobody.
///
/// The invariant (I1): the key is released only after [Command.Fence] has succeeded, which means
/// that no process of the old server runs a line of its program any more.
final class HangPolicy {
    private HangPolicy() {}

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    /// Present when the lead is to be given away now.
    static Optional<Decision> handOver(HaView view) {
        if (!isHung(view) || !(view.serving() instanceof Troubled troubled)) {
            return Optional.empty();
        }
        return heir(view)
                .map(heir ->
                        HaPolicy.of(
                                        view,
                                        Rule.PRIMARY_HANGS_HANDS_OVER,
                                        describe(view, troubled)
                                                + ", ending it and handing the leader key"
                                                + " over to "
                                                + RacePolicy.describeHeir(view, heir),
                                        new Command.Fence("it serves nobody"),
                                        new Command.ReleaseLeaderKey(
                                                Optional.of(RacePolicy.handOver(view, heir)),
                                                Optional.empty()))
                                .remembering(
                                        view.memory()
                                                .withPrimaryDown(view.now())
                                                .withHandOverSince(Optional.of(view.now()))));
    }

    /// Present when PostgreSQL serves nobody and nobody could serve in its place.
    static Optional<Decision> keep(HaView view) {
        return isHung(view) && view.serving() instanceof Troubled troubled
                ? Optional.of(
                        HaPolicy.of(
                                        view,
                                        Rule.PRIMARY_HANGS,
                                        describe(view, troubled)
                                                + ", and no member is fit to take over: I keep the"
                                                + " leader key")
                                .recheckIn(LOOK_AGAIN))
                : Optional.empty();
    }

    /// The decision of a leader who goes on, with the trouble that there is, and made again when
    /// the trouble becomes a hang. While the disk stalls nothing is done that would wait for it:
    /// the loop must live to give the lead away.
    static Decision mention(HaView view, Decision decision) {
        if (!(view.serving() instanceof Troubled troubled)) {
            return decision;
        }
        Decision told =
                decision.because(decision.reason() + "; PostgreSQL: " + troubled.trouble().text());
        if (!troubled.trouble().hitsEverybody()) {
            return told;
        }
        if (troubled.trouble() == Serving.Trouble.STALLED_DISK) {
            told = told.only(Command.WriteStatus.class::isInstance).remembering(view.memory());
        }
        Duration left = limit(view).minus(view.now().since(troubled.since()));
        Duration pause = left.isPositive() ? left : LOOK_AGAIN;
        return told.recheckIn().filter(d -> d.compareTo(pause) < 0).isPresent()
                ? told
                : told.recheckIn(pause);
    }

    private static boolean isHung(HaView view) {
        return view.leads()
                && !view.settings().isPaused()
                && isPrimary(view.postgres())
                && view.serving().isHung(view.now(), limit(view));
    }

    private static boolean isPrimary(LocalPostgres postgres) {
        return switch (postgres) {
            case Primary _ -> true;
            case Unresponsive silent -> RecoveryPolicy.mayWrite(silent);
            case LocalPostgres.Standby _,
                    LocalPostgres.Stopped _,
                    LocalPostgres.Starting _,
                    LocalPostgres.WithoutData _ ->
                    false;
        };
    }

    /// In synchronous modes who has every confirmed commit. Otherwise who is near enough to what
    /// the leader has published, and to what it still tells of itself (I3).
    private static Optional<PeerStatus.Reachable> heir(HaView view) {
        Lsn flushed = view.postgres() instanceof Primary primary ? primary.flushed() : Lsn.ZERO;
        long allowed = view.settings().maximumLagOnFailover().bytes();
        return RacePolicy.heir(view)
                .filter(heir ->
                        RacePolicy.syncActive(view)
                                || heir.position().lagBehind(flushed) <= allowed);
    }

    private static Duration limit(HaView view) {
        return view.settings().detection().probeTimeout();
    }

    private static String describe(HaView view, Troubled troubled) {
        return "PostgreSQL has served nobody for "
                + view.now().since(troubled.since()).toSeconds()
                + " s ("
                + troubled.trouble().text()
                + ": "
                + troubled.why()
                + ")";
    }
}
