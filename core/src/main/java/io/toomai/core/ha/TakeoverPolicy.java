package io.toomai.core.ha;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.ha.LocalPostgres.Standby;
import io.toomai.core.ha.LocalPostgres.WalReceiver;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.Timeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Taking over before the lease ends, without a second writer (design §5): what a synchronous
/// standby does while somebody else holds the leader key.
///
/// The argument. A commit is confirmed only when enough of the standbys in
/// `synchronous_standby_names` have its WAL. `/sync` says who they are, and its holder keeps
/// |voters ∪ named ∪ leader| ≤ quorum + numsync + 1 (contract §4.11.2). So any quorum + 1 voters
/// that take no more WAL from the leader share a member with every set that could confirm a commit:
/// nothing more can be confirmed, and what was confirmed is on one of them. The furthest of them
/// has all of it. The leader may have shrunk `/sync` meanwhile and gone on without them: then the
/// revision of `/sync` has changed before its parameter did, and the transaction fails.
///
/// Suspicion only keeps this from happening needlessly. Every step is safe if everybody suspects
/// wrongly all the time.
final class TakeoverPolicy {
    private TakeoverPolicy() {}

    private static final Duration SOON = Duration.ofMillis(50);

    /// What a pledger has: nothing moves it any more.
    private record Pledger(
            MemberName name,
            Timeline timeline,
            Lsn position,
            PeerStatus.Eligibility eligibility,
            long priority) {}

    private static final Comparator<Pledger> BY_WAL =
            Comparator.comparing(Pledger::timeline).thenComparing(Pledger::position);

    private static final Comparator<Pledger> BEST_FIRST =
            BY_WAL.thenComparingLong(Pledger::priority).reversed().thenComparing(Pledger::name);

    /// The same view, remembering since when the leader is neither heard nor sends WAL.
    static HaView noting(HaView view, Standby standby) {
        if (!(view.cluster().leader() instanceof LeaderKey.HeldBy held)) {
            return view;
        }
        boolean unheard =
                switch (view.hearing(held.leader())) {
                    case Hearing.Heard(_, var at) ->
                            view.now().since(at).compareTo(Heartbeat.patience(view)) >= 0;
                    case Hearing.Refused _ -> true;
                    case Hearing.NeverHeard _ -> false;
                };
        Optional<Doubt> doubt =
                view.memory()
                        .doubt()
                        .filter(d ->
                                d.term() == held.revision()
                                        && d.received().equals(standby.received()));
        Doubt fresh = new Doubt(held.revision(), view.postgresSeen(), standby.received());
        return view.withMemory(
                view.memory()
                        .withDoubt(unheard ? Optional.of(doubt.orElse(fresh)) : Optional.empty()));
    }

    /// A cycle that ends while the leader is doubted is followed by another soon.
    static Decision watching(HaView noted, Decision decision) {
        if (noted.memory().doubt().isEmpty() || !applies(noted)) {
            return decision;
        }
        Duration step = noted.settings().detection().suspectAfter().dividedBy(8);
        return decision.recheckIn().filter(d -> d.compareTo(step) < 0).isPresent()
                ? decision
                : decision.recheckIn(step);
    }

    /// Whether this node's durable pledge binds it now.
    static boolean isBound(HaView view) {
        return view.pledge().filter(p -> p.pledge().binds(view.cluster())).isPresent();
    }

    /// The race in mode `quorum`: the lease is over, but nobody knows whether the agent that was to
    /// end the old primary lived to do so. Mode `on` needs no pledge there: without the winner
    /// nothing can be confirmed. Empty where the ordinary race decides.
    static Optional<Decision> race(HaView view, Standby standby) {
        SyncState sync = view.cluster().sync().value();
        // A failover without leader is the operator's word for one member, and may lose commits; a
        // leader that hands over to a candidate has made sure that it has everything. What else is
        // asked waits.
        LeaderKey key = view.cluster().leader();
        Optional<FailoverRequest> asked =
                view.cluster()
                        .failover()
                        .map(Versioned::value)
                        .filter(f -> f.scheduledAt().isEmpty());
        boolean excepted =
                asked.filter(f ->
                                (f.isHandedOver(key) && f.candidate().isPresent())
                                        || (f.leader().isEmpty()
                                                && (f.candidate()
                                                                .filter(view.me()::equals)
                                                                .isPresent()
                                                        || RacePolicy.awaits(view, f))))
                        .isPresent();
        boolean open = key instanceof LeaderKey.Vacant && !excepted;
        if (!open || !RacePolicy.syncActive(view) || sync.quorum() == 0 || isIdleHere(view)) {
            return Optional.empty();
        }
        Optional<Pledge> due = Pledge.against(view.cluster());
        Optional<Decision> withdrawal = withdrawing(view);
        if (withdrawal.isPresent()) {
            return withdrawal;
        }
        if (due.isPresent() && view.pledge().isEmpty()) {
            return Optional.of(
                    HaPolicy.of(
                                    view,
                                    Rule.FOLLOWER_PLEDGES,
                                    "nobody leads; taking no more WAL from " + due.get().leader(),
                                    new Command.MakePledge(due.get()))
                            .recheckIn(Duration.ZERO));
        }
        return due.map(pledge -> pledged(view, standby, pledge));
    }

    private static boolean isIdleHere(HaView view) {
        return view.settings().isPaused() || !view.cluster().sync().value().names(view.me());
    }

    /// Forgetting a pledge that does not bind any more, before anything else is received.
    static Optional<Decision> withdrawing(HaView view) {
        return view.pledge()
                .map(KeptPledge::pledge)
                .filter(p -> !p.binds(view.cluster()))
                .map(p ->
                        HaPolicy.of(
                                        view,
                                        Rule.PLEDGE_WITHDRAWN,
                                        "withdrawing the pledge against "
                                                + p.leader()
                                                + ": the store has moved on",
                                        new Command.WithdrawPledge(p))
                                .recheckIn(Duration.ZERO));
    }

    /// Empty when a takeover is no matter in this view.
    static Optional<Decision> decide(HaView view, Standby standby) {
        if (!(view.cluster().leader() instanceof LeaderKey.HeldBy held)) {
            return Optional.empty();
        }
        if (view.pledge().isPresent()) {
            return Optional.of(pledged(view, standby, view.pledge().get().pledge()));
        }
        if (!applies(view)
                || !isVoter(view, view.me())
                || FailsafePolicy.promise(view).isPresent()) {
            return Optional.empty();
        }
        return suspicion(view, standby, held).map(why -> suspecting(view, held, why));
    }

    /// Whether this cluster takes over before the lease ends.
    private static boolean applies(HaView view) {
        Versioned<SyncState> sync = view.cluster().sync();
        return view.settings().isSynchronous()
                && !view.settings().isPaused()
                && view.settings().detection().takeover() == HaSettings.Takeover.ON
                && view.cluster().leader() instanceof LeaderKey.HeldBy held
                && sync.value().leader().filter(held.leader()::equals).isPresent();
    }

    private static boolean isVoter(HaView view, MemberName name) {
        return view.cluster().sync().value().voters().contains(name);
    }

    // ---- suspicion

    /// Why the leader is taken for dead.
    private static Optional<String> suspicion(HaView view, Standby standby, LeaderKey.HeldBy held) {
        Duration limit = view.settings().detection().suspectAfter();
        return switch (view.hearing(held.leader())) {
            case Hearing.NeverHeard _ -> Optional.empty();
            // An agent that is restarted refuses for a moment; its PostgreSQL goes on streaming.
            case Hearing.Refused _ when standby.walReceiver() == WalReceiver.NOT_STREAMING ->
                    Optional.of("its agent and its PostgreSQL are gone");
            case Hearing.Refused _ -> Optional.empty();
            case Hearing.Heard(_, var at)
                    when view.now().since(at).compareTo(limit) >= 0
                            && isIdle(view, standby)
                            && isNotRenewed(view, limit) ->
                    Optional.of(
                            "nothing heard for "
                                    + view.now().since(at).toMillis()
                                    + " ms, no WAL, lease not renewed");
            case Hearing.Heard _ -> Optional.empty();
        };
    }

    private static boolean isIdle(HaView view, Standby standby) {
        Optional<MonoTime> since = view.memory().doubt().map(Doubt::since);
        return standby.walReceiver() == WalReceiver.NOT_STREAMING
                || since.filter(s ->
                                view.postgresSeen().since(s).compareTo(Heartbeat.patience(view))
                                        >= 0)
                        .isPresent();
    }

    private static boolean isNotRenewed(HaView view, Duration limit) {
        return view.renewal()
                .filter(r -> view.now().since(r.since()).compareTo(limit) >= 0)
                .isPresent();
    }

    private static Decision suspecting(HaView view, LeaderKey.HeldBy held, String why) {
        int needed = view.cluster().sync().value().quorum() + 1;
        long deaf =
                view.hearing().stream()
                        .filter(h -> isVoter(view, h.name()) && isDeafTo(view, h, held.leader()))
                        .count();
        String what = "the leader (" + held.leader() + ") seems dead: " + why;
        if (deaf + 1 < needed) {
            return HaPolicy.of(
                            view,
                            Rule.LEADER_SUSPECTED,
                            what
                                    + "; "
                                    + (needed - deaf - 1)
                                    + " more voters still hear it or are not heard themselves")
                    .recheckIn(SOON);
        }
        Pledge pledge = Pledge.against(view.cluster()).orElseThrow();
        return HaPolicy.of(
                        view,
                        Rule.FOLLOWER_PLEDGES,
                        what + "; taking no more WAL from it",
                        new Command.MakePledge(pledge))
                .recheckIn(Duration.ZERO);
    }

    private static boolean isDeafTo(HaView view, Hearing hearing, MemberName leader) {
        return hearing instanceof Hearing.Heard(var latest, var at)
                && view.now().since(at).compareTo(view.settings().detection().suspectAfter()) < 0
                && (latest.pledge().isPresent() || !latest.hears().contains(leader));
    }

    // ---- pledged

    private static Decision pledged(HaView view, Standby standby, Pledge pledge) {
        if (!isKept(view, standby)) {
            return HaPolicy.of(
                            view,
                            Rule.FOLLOWER_PLEDGES,
                            "keeping the pledge against " + pledge.leader(),
                            new Command.MakePledge(pledge))
                    .recheckIn(SOON);
        }
        Pledger mine =
                new Pledger(
                        view.me(),
                        standby.server().timeline(),
                        standby.received(),
                        view.node().eligibility(),
                        view.node().tags().failoverPriority());
        List<Pledger> pledgers = new ArrayList<>(List.of(mine));
        for (Hearing hearing : view.hearing()) {
            pledger(view, hearing, pledge).ifPresent(pledgers::add);
        }
        Optional<String> obstacle = obstacle(view, mine, pledgers);
        if (obstacle.isPresent()) {
            return HaPolicy.of(
                            view,
                            Rule.TAKEOVER_WAITS,
                            "pledged against " + pledge.leader() + ": " + obstacle.get())
                    .recheckIn(SOON);
        }
        return HaPolicy.of(
                        view,
                        Rule.LEADER_TAKEN_OVER,
                        "taking over from "
                                + pledge.leader()
                                + (view.otherLeader().isPresent()
                                        ? " before its lease ends, pledged: "
                                        : " after its lease, pledged: ")
                                + String.join(
                                        ", ",
                                        pledgers.stream().map(p -> p.name().value()).toList()),
                        new Command.TakeOver(
                                pledge.term(), pledge.syncRevision(), LeaderPolicy.firstSync(view)))
                .recheckIn(SOON);
    }

    /// The pledge is kept when it is proven and the running server still receives nothing.
    static boolean isKept(HaView view, Standby standby) {
        return view.pledge().filter(KeptPledge::isProven).isPresent()
                && standby.upstream() instanceof Upstream.None
                && standby.walReceiver() == WalReceiver.NOT_STREAMING;
    }

    private static Optional<Pledger> pledger(HaView view, Hearing hearing, Pledge pledge) {
        return hearing instanceof Hearing.Heard(var latest, _)
                        && view.cluster().sync().value().names(latest.name())
                        && latest.pledge().filter(pledge::equals).isPresent()
                ? Optional.of(
                        new Pledger(
                                latest.name(),
                                latest.timeline(),
                                latest.position(),
                                latest.eligibility(),
                                latest.failoverPriority()))
                : Optional.empty();
    }

    private static Optional<String> obstacle(HaView view, Pledger mine, List<Pledger> pledgers) {
        if (view.cluster().leader() instanceof LeaderKey.HeldBy && !applies(view)) {
            return Optional.of("takeover is off, waiting for the lease");
        }
        Optional<String> hindrance =
                PrePromotePolicy.hindrance(view).or(() -> FailsafePolicy.hindrance(view));
        if (hindrance.isPresent()) {
            return hindrance;
        }
        if (mine.eligibility() == PeerStatus.Eligibility.NOFAILOVER) {
            return Optional.of("this node may not lead");
        }
        int needed = view.cluster().sync().value().quorum() + 1;
        long notAhead = pledgers.stream().filter(p -> BY_WAL.compare(p, mine) <= 0).count();
        if (notAhead < needed) {
            return Optional.of(
                    notAhead
                            + " of "
                            + needed
                            + " pledges from voters that are not ahead of this node");
        }
        Optional<Pledger> best =
                pledgers.stream()
                        .filter(p -> p.eligibility() == PeerStatus.Eligibility.ELIGIBLE)
                        .min(BEST_FIRST);
        boolean patient =
                view.memory()
                        .doubt()
                        .filter(d ->
                                view.now()
                                                .since(d.since())
                                                .compareTo(
                                                        view.settings()
                                                                .detection()
                                                                .suspectAfter()
                                                                .multipliedBy(3))
                                        < 0)
                        .isPresent();
        return best.filter(b -> !b.equals(mine) && patient)
                .map(b -> b.name() + " is expected to take over");
    }
}
