package io.toomai.core.ha;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Who may take a vacant leader key: the decision table of contract §5.7, first match wins.
public final class RacePolicy {
    private RacePolicy() {}

    /// The answer, with the reason in an operator's words.
    public sealed interface Verdict {
        record Takes(String why) implements Verdict {}

        record Waits(String why) implements Verdict {}
    }

    /// The race of a node whose PostgreSQL is a standby.
    public static Verdict ofStandby(HaView view, LocalPostgres.Standby standby) {
        ClusterView cluster = view.cluster();
        if (view.node().tags().nofailover()) {
            return new Verdict.Waits("this node has the tag nofailover");
        }
        if (lacksWatchdog(view)) {
            return new Verdict.Waits(NO_WATCHDOG);
        }
        Optional<String> hindrance =
                PrePromotePolicy.hindrance(view).or(() -> FailsafePolicy.hindrance(view));
        if (hindrance.isPresent()) {
            return new Verdict.Waits(hindrance.get());
        }
        // A hand-over that came to nothing leaves an ordinary race (simulation seed 13065556); in
        // maintenance mode nobody races, so there the operator's wish stands.
        Optional<FailoverRequest> asked =
                unscheduled(cluster)
                        .filter(r -> view.settings().isPaused() || !r.isSpent(cluster.leader()));
        if (asked.isPresent()) {
            return manual(view, standby, asked.get());
        }
        if (view.settings().isPaused()) {
            return new Verdict.Waits("maintenance mode, and no candidate was named");
        }
        if (syncActive(view) && !cluster.sync().value().names(view.me())) {
            return new Verdict.Waits("synchronous mode, and /sync does not name this node");
        }
        Optional<String> backoff = RaceBackoff.hindrance(view, standby);
        return backoff.isPresent()
                ? new Verdict.Waits(backoff.get())
                : compare(view, standby, Optional.empty());
    }

    /// The race of a node whose PostgreSQL is primary: it may go on if nobody was promoted since.
    public static Verdict ofPrimary(HaView view, LocalPostgres.Primary primary) {
        if (lacksWatchdog(view)) {
            return new Verdict.Waits(NO_WATCHDOG);
        }
        Optional<String> failsafe = FailsafePolicy.hindrance(view);
        if (failsafe.isPresent()) {
            return new Verdict.Waits(failsafe.get());
        }
        for (PeerStatus peer : view.peers()) {
            if (peer instanceof PeerStatus.Reachable r
                    && r.standing() == PeerStatus.Standing.PRIMARY) {
                return new Verdict.Waits("primary (" + r.name() + ") is still alive");
            }
        }
        Optional<String> another =
                confirmedByAnother(view)
                        .or(() -> ledByAnother(view))
                        .or(() -> promotedSince(view, primary.server().timeline()));
        if (another.isPresent()) {
            return new Verdict.Waits(another.get());
        }
        Timeline newest = view.cluster().history().clusterTimeline();
        Optional<String> promoted = view.cluster().history().latestLeader();
        if (newest.equals(primary.server().timeline())
                && promoted.filter(name -> !name.equals(view.me().value())).isPresent()) {
            // Neither knew of the other (simulation seed 10000172).
            return new Verdict.Waits(
                    promoted.get() + " was promoted to timeline " + newest + " as well");
        }
        return newest.isKnown() && primary.server().timeline().isBefore(newest)
                ? new Verdict.Waits(
                        "timeline "
                                + primary.server().timeline()
                                + " is behind the cluster's "
                                + newest)
                : new Verdict.Takes("primary on the newest timeline");
    }

    /// Why a former primary may lack confirmed commits: whoever led since may have confirmed some
    /// alone, before it wrote any history.
    static Optional<String> confirmedByAnother(HaView view) {
        Optional<MemberName> confirmed = view.cluster().sync().value().leader();
        return syncActive(view) && confirmed.filter(view.me()::equals).isEmpty()
                ? Optional.of(
                        "synchronous mode, and /sync names another leader ("
                                + confirmed.map(MemberName::value).orElse("none")
                                + ")")
                : Optional.empty();
    }

    /// What was confirmed since this node led it lacks, wherever that is (simulation seeds 13060816
    /// and 13089796).
    private static Optional<String> ledByAnother(HaView view) {
        return view.cluster().leader() instanceof LeaderKey.Vacant(_, var lastHolder)
                ? lastHolder
                        .filter(name -> !name.equals(view.me()))
                        .map(name -> name + " has led since")
                : Optional.empty();
    }

    /// The same by a member's word: who led since may have died before it wrote any history.
    private static Optional<String> promotedSince(HaView view, Timeline mine) {
        return view.peers().stream()
                .flatMap(peer ->
                        peer instanceof PeerStatus.Reachable r
                                        && r.standing() == PeerStatus.Standing.STANDBY
                                        && mayLead(r)
                                        && mine.isBefore(r.timeline())
                                ? Stream.of(r)
                                : Stream.empty())
                .findFirst()
                .map(r -> "%s is on timeline %s, after %s".formatted(r.name(), r.timeline(), mine));
    }

    private static final String NO_WATCHDOG = "Watchdog device is not usable";

    /// Also for a named candidate, which Patroni lets take the key only to give it back. In
    /// maintenance mode the watchdog is off.
    static boolean lacksWatchdog(HaView view) {
        return view.node().watchdog() == LocalNode.Watchdog.REQUIRED_AND_UNUSABLE
                && !view.settings().isPaused();
    }

    /// Synchronous mode restricts candidates only once somebody confirmed it in the store. It goes
    /// on to do so when the cluster becomes a standby cluster, until its primary has stopped.
    static boolean syncActive(HaView view) {
        return (view.settings().isSynchronous() || StandbyLeaderPolicy.applies(view))
                && !view.cluster().sync().value().isEmpty();
    }

    private static Optional<FailoverRequest> unscheduled(ClusterView cluster) {
        return cluster.failover().map(v -> v.value()).filter(r -> r.scheduledAt().isEmpty());
    }

    private static Verdict manual(
            HaView view, LocalPostgres.Standby standby, FailoverRequest asked) {
        MemberName me = view.me();
        boolean switchover = asked.leader().isPresent();
        if (syncActive(view) && switchover && !view.cluster().sync().value().names(me)) {
            return new Verdict.Waits("synchronous mode, and /sync does not name this node");
        }
        if (asked.candidate().filter(me::equals).isPresent()) {
            return named(view, asked);
        }
        if (view.settings().isPaused()) {
            return new Verdict.Waits("maintenance mode, and another candidate was named");
        }
        if (syncActive(view) && !view.cluster().sync().value().names(me)) {
            return new Verdict.Waits("synchronous mode, and /sync does not name this node");
        }
        if (awaits(view, asked)) {
            return new Verdict.Waits(
                    "the candidate " + asked.candidate().get() + " is expected to take over");
        }
        if (asked.leader().filter(me::equals).isPresent()) {
            boolean another =
                    view.peers().stream()
                            .filter(RacePolicy::mayLead)
                            .filter(p -> !FailsafePolicy.isExcluded(view, p.name()))
                            .filter(p ->
                                    p instanceof PeerStatus.Reachable r
                                            && !lagsTooMuch(view, r.position()))
                            .anyMatch(p ->
                                    !syncActive(view)
                                            || view.cluster().sync().value().names(p.name()));
            return another
                    ? new Verdict.Waits("this node was told to give the lead away")
                    : new Verdict.Takes("nobody else can take over");
        }
        return compare(view, standby, asked.leader());
    }

    /// Whether another member was named and can take the key. One that may not is not waited for.
    static boolean awaits(HaView view, FailoverRequest asked) {
        boolean switchover = asked.leader().isPresent();
        return asked.candidate()
                .filter(c -> !c.equals(view.me()))
                .filter(c -> view.peer(c).filter(RacePolicy::mayLead).isPresent())
                .filter(c -> !FailsafePolicy.isExcluded(view, c))
                .filter(c ->
                        !syncActive(view) || !switchover || view.cluster().sync().value().names(c))
                .isPresent();
    }

    private static Verdict named(HaView view, FailoverRequest asked) {
        if (asked.isHandedOver(view.cluster().leader())) {
            return new Verdict.Takes("the leader hands over to this node");
        }
        // Nobody pledges in maintenance mode, and the old primary may run on: what it confirms
        // with other voters of a quorum this node would lack (I2).
        boolean switchover = asked.leader().isPresent();
        boolean unfenced = view.settings().isPaused() && syncActive(view) && switchover;
        if (unfenced && view.cluster().sync().value().quorum() > 0) {
            return new Verdict.Waits(
                    "maintenance mode, and the leader has not handed over;"
                            + " ask for a failover instead, or resume");
        }
        return otherPrimary(view)
                .<Verdict>map(Verdict.Waits::new)
                .orElseGet(() -> new Verdict.Takes("named as the candidate"));
    }

    private static Verdict compare(
            HaView view, LocalPostgres.Standby standby, Optional<MemberName> leaving) {
        ClusterView cluster = view.cluster();
        HaSettings settings = view.settings();
        Lsn mine = Lsn.max(standby.received(), standby.replayed());
        if (lagsTooMuch(view, mine)) {
            return new Verdict.Waits(
                    "this node lacks "
                            + mine.lagBehind(cluster.status().optime())
                            + " bytes of what the leader published, more than"
                            + " maximum_lag_on_failover");
        }
        Timeline newest = cluster.history().clusterTimeline();
        if (settings.checkTimeline() == HaSettings.TimelineCheck.ON
                && !StandbyLeaderPolicy.applies(view)
                && standby.server().timeline().isBefore(newest)) {
            return new Verdict.Waits(
                    "timeline " + standby.server().timeline() + " is behind " + newest);
        }
        Optional<String> alive = otherPrimary(view);
        if (alive.isPresent()) {
            return new Verdict.Waits(alive.get());
        }
        // Who may not lead is not waited for, but where only the furthest has every confirmed
        // commit.
        boolean byQuorum = isByQuorum(view);
        for (PeerStatus peer : view.peers()) {
            if (peer instanceof PeerStatus.Reachable r
                    && mayLead(r)
                    && !leaving.filter(r.name()::equals).isPresent()
                    && (byQuorum || !FailsafePolicy.isExcluded(view, r.name()))) {
                Optional<String> better = isBetter(view, r, mine);
                if (better.isPresent()) {
                    return new Verdict.Waits(better.get());
                }
            }
        }
        return enoughVotes(view, mine);
    }

    private static boolean lagsTooMuch(HaView view, Lsn position) {
        return position.lagBehind(view.cluster().status().optime())
                > view.settings().maximumLagOnFailover().bytes();
    }

    /// Mode `quorum`: nobody ahead is not enough where those who were not asked may be. The former
    /// leader counts, unless it has more: it has all that it confirmed.
    private static Verdict enoughVotes(HaView view, Lsn mine) {
        SyncState sync = view.cluster().sync().value();
        if (!syncActive(view) || sync.quorum() == 0) {
            return new Verdict.Takes("no reachable member is ahead");
        }
        long votes =
                view.peers().stream()
                        .filter(p ->
                                p instanceof PeerStatus.Reachable r
                                        && sync.names(r.name())
                                        && r.standing() == PeerStatus.Standing.STANDBY
                                        && !mine.isBehind(r.position()))
                        .count();
        return votes >= sync.quorum()
                ? new Verdict.Takes(
                        "no reachable member is ahead, votes: " + votes + " of " + sync.quorum())
                : new Verdict.Waits(
                        "quorum: only "
                                + votes
                                + " of "
                                + sync.quorum()
                                + " other voters are reachable and not ahead");
    }

    private static Optional<String> otherPrimary(HaView view) {
        return view.peers().stream()
                .filter(p ->
                        p instanceof PeerStatus.Reachable r
                                && r.standing() == PeerStatus.Standing.PRIMARY)
                .findFirst()
                .map(p -> "primary (" + p.name() + ") is still alive");
    }

    private static Optional<String> isBetter(HaView view, PeerStatus.Reachable peer, Lsn mine) {
        SyncState sync = view.cluster().sync().value();
        if (syncActive(view) && !sync.names(peer.name())) {
            return Optional.empty();
        }
        boolean formerLeader = sync.leader().filter(peer.name()::equals).isPresent();
        if (mine.isBehind(peer.position())) {
            // In synchronous mode what the former leader has beyond us was never confirmed.
            return syncActive(view) && formerLeader
                    ? Optional.empty()
                    : Optional.of(
                            "WAL position of "
                                    + peer.name()
                                    + " is ahead: "
                                    + peer.position()
                                    + " > "
                                    + mine);
        }
        boolean equal = peer.position().equals(mine);
        boolean preferred = peer.failoverPriority() > view.node().tags().failoverPriority();
        return equal && preferred && !formerLeader
                ? Optional.of(peer.name() + " has a higher failover_priority")
                : Optional.empty();
    }

    static boolean mayLead(PeerStatus peer) {
        return peer instanceof PeerStatus.Reachable r
                && r.standing() == PeerStatus.Standing.STANDBY
                && r.eligibility() == PeerStatus.Eligibility.ELIGIBLE;
    }

    /// The members that could take over from us now: fit, in `/sync` where that is active, else
    /// near enough to `position`; best first. What a member says of its position is as old as its
    /// last cycle, up to `loop_wait`; a voter has what was confirmed whatever it says.
    static List<PeerStatus.Reachable> candidates(
            HaView view, Lsn position, Optional<FailoverRequest> asked) {
        Optional<MemberName> named = asked.flatMap(FailoverRequest::candidate);
        boolean anyStandby = asked.isPresent() && asked.get().leader().isEmpty();
        long allowed = view.settings().maximumLagOnFailover().bytes();
        return view.peers().stream()
                .filter(RacePolicy::mayLead)
                .map(PeerStatus.Reachable.class::cast)
                .filter(p -> named.isEmpty() || named.get().equals(p.name()))
                .filter(p -> !FailsafePolicy.isExcluded(view, p.name()))
                .filter(p ->
                        (syncActive(view) && !anyStandby)
                                ? view.cluster().sync().value().voters().contains(p.name())
                                : p.position().lagBehind(position) <= allowed)
                .sorted(MOST_ADVANCED_FIRST)
                .toList();
    }

    /// Whether a voter may lack confirmed commits that quorum + 1 of them have together.
    static boolean isByQuorum(HaView view) {
        return syncActive(view) && view.cluster().sync().value().quorum() > 0;
    }

    /// The request by which a leader whose PostgreSQL was ended gives its key away. In mode
    /// `quorum` it names nobody (I2): what members tell of themselves may be older than a cycle,
    /// and until the end of the fence other voters than `heir` may confirm more. The voters pledge
    /// after it, and who has most takes the key.
    static FailoverRequest handOver(HaView view, PeerStatus.Reachable heir) {
        return new FailoverRequest(
                Optional.of(view.me()),
                isByQuorum(view) ? Optional.empty() : Optional.of(heir.name()),
                Optional.empty(),
                term(view));
    }

    /// Who is expected to take it, in an operator's words.
    static String describeHeir(HaView view, PeerStatus.Reachable heir) {
        return isByQuorum(view) ? "the voter that has most" : heir.name().value();
    }

    /// The revision of the leader key that is given up.
    static long term(HaView view) {
        return view.cluster().leader() instanceof LeaderKey.HeldBy held
                ? held.revision()
                : LeaderKey.UNKNOWN_TERM;
    }

    /// Who could take over from a primary that has died just now. In mode `quorum` not every voter
    /// has every confirmed commit: the furthest of quorum + 1 has, once nothing more is confirmed.
    static Optional<PeerStatus.Reachable> heir(HaView view) {
        SyncState sync = view.cluster().sync().value();
        List<PeerStatus.Reachable> standbys =
                view.peers().stream()
                        .filter(p ->
                                p instanceof PeerStatus.Reachable r
                                        && r.standing() == PeerStatus.Standing.STANDBY
                                        && sync.voters().contains(r.name()))
                        .map(PeerStatus.Reachable.class::cast)
                        .toList();
        Optional<PeerStatus.Reachable> best =
                candidates(view, view.cluster().status().optime(), Optional.empty()).stream()
                        .findFirst();
        return isByQuorum(view)
                ? best.filter(b ->
                        standbys.stream().filter(s -> BY_WAL.compare(s, b) <= 0).count()
                                > sync.quorum())
                : best;
    }

    /// WAL on an older timeline is never more than WAL on a newer one, wherever it ends.
    private static final Comparator<PeerStatus.Reachable> BY_WAL =
            Comparator.comparing(PeerStatus.Reachable::timeline)
                    .thenComparing(PeerStatus.Reachable::position);

    private static final Comparator<PeerStatus.Reachable> MOST_ADVANCED_FIRST =
            BY_WAL.thenComparingLong(PeerStatus.Reachable::failoverPriority)
                    .reversed()
                    .thenComparing(PeerStatus.Reachable::name);
}
