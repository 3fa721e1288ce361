package io.toomai.core.ha;

import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// `failsafe_mode`: a leader without a store goes on while all members agree (contract §5.9).
///
/// The argument (docs/safety.md, decision 0011). Only who is named by a `/failsafe` that names
/// anybody may take the leader key; only the holder of the key changes `/failsafe`. A member that
/// accepts promises not to take the key for a ttl of its own clock. So while every named member is
/// bound by a promise, nobody takes the key, and the old holder may go on although its lease is
/// over. A promise is made after the question was sent: counted from the sending, the leader's time
/// ends first.
public final class FailsafePolicy {
    private FailsafePolicy() {}

    private static final Duration SHORTEST_PATIENCE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PATIENCE = Duration.ofSeconds(5);

    /// How long one question may take: a few fit into what is left of a lease.
    public static Duration patience(Duration ttl) {
        Duration sixth = ttl.dividedBy(6);
        if (sixth.compareTo(SHORTEST_PATIENCE) < 0) {
            return SHORTEST_PATIENCE;
        }
        return sixth.compareTo(LONGEST_PATIENCE) > 0 ? LONGEST_PATIENCE : sixth;
    }

    /// For how long a member that accepts is bound.
    ///
    /// @param own the ttl that the member knows
    /// @param asked the ttl that the leader counts with; Patroni does not tell it
    public static Duration promised(Duration own, Optional<Duration> asked) {
        return asked.filter(a -> a.compareTo(own) > 0).orElse(own);
    }

    /// Until when nobody who was asked takes the leader key.
    ///
    /// @param others everybody who must accept
    /// @param acceptedAt when the latest accepted question was *sent*, by member
    /// @param now counts where there is nobody to ask
    /// @return empty while somebody has not accepted
    public static Optional<MonoTime> carriedUntil(
            FailsafeMembers others,
            Map<MemberName, MonoTime> acceptedAt,
            MonoTime now,
            Duration ttl) {
        MonoTime first = now;
        for (MemberName name : others.apiUrls().keySet()) {
            MonoTime at = acceptedAt.get(name);
            if (at == null) {
                return Optional.empty();
            }
            first = MonoTime.earliest(first, at);
        }
        return Optional.of(first.plus(ttl));
    }

    /// The question to all the others, where the mode is on and the stored list names this node.
    static Optional<Command> question(HaView view) {
        FailsafeTopology topology = view.failsafe().topology();
        return view.settings().failsafeMode() == HaSettings.Failsafe.ON
                        && topology.stored().names(view.me())
                ? Optional.of(
                        new Command.AskFailsafe(
                                topology.possible().without(view.me()), view.settings().ttl()))
                : Optional.empty();
    }

    /// Whether the members' acceptances carry this leader now.
    static boolean carries(HaView view) {
        return view.failsafe().carriedUntil().filter(view.now()::isBefore).isPresent();
    }

    /// What the leader writes where the key does not say what it should. A leader that will not ask
    /// any more frees those whom it would not have asked.
    static List<Command> publishing(HaView view) {
        Versioned<FailsafeMembers> stored = view.cluster().failsafe();
        Optional<FailsafeMembers> wanted =
                view.settings().failsafeMode() == HaSettings.Failsafe.ON
                        ? Optional.of(published(view)).filter(m -> m.names(view.me()))
                        : Optional.of(FailsafeMembers.NONE);
        return wanted.filter(w -> !w.equals(stored.value()))
                .<List<Command>>map(w -> List.of(new Command.WriteFailsafe(w, stored.revision())))
                .orElseGet(List::of);
    }

    private static FailsafeMembers published(HaView view) {
        TreeMap<MemberName, String> urls = new TreeMap<>();
        for (Member member : view.cluster().members()) {
            if (!member.apiUrl().isEmpty()) {
                urls.put(member.name(), member.apiUrl());
            }
        }
        return new FailsafeMembers(urls);
    }

    /// Why this node may not take the leader key, whoever holds it (contract §5.7, row 10). Also
    /// when the mode is off in the store: a leader that is cut off does not know it yet.
    static Optional<String> hindrance(HaView view) {
        Optional<FailsafePromise.Given> promise = promise(view);
        if (promise.isPresent()) {
            return Optional.of("promised to let " + promise.get().leader() + " go on leading");
        }
        return isExcluded(view)
                ? Optional.of(
                        "/failsafe does not name this node, so a leader without a store does not"
                                + " ask it. If none of those it names comes back, write {} to it")
                : Optional.empty();
    }

    static boolean isExcluded(HaView view) {
        return isExcluded(view, view.me());
    }

    /// Whether that member must not lead because a leader without a store would not ask it.
    static boolean isExcluded(HaView view, MemberName name) {
        FailsafeMembers stored = view.cluster().failsafe().value();
        return !stored.isEmpty() && !stored.names(name);
    }

    /// The promise that binds this node now.
    static Optional<FailsafePromise.Given> promise(HaView view) {
        return view.failsafe().promise() instanceof FailsafePromise.Given given
                        && view.now().isBefore(given.until())
                ? Optional.of(given)
                : Optional.empty();
    }

    /// The key of a leader that all members have let go on is vacant, because its session ended
    /// while the store was away: nobody else can have taken it.
    static Optional<Decision> retaking(HaView view) {
        return carries(view)
                        && view.store() instanceof StoreReading.Answered(var cluster)
                        && cluster.leader() instanceof LeaderKey.Vacant
                        && view.lease() instanceof Lease.Held
                        && view.postgres() instanceof LocalPostgres.Primary
                ? Optional.of(
                        HaPolicy.of(
                                view,
                                Rule.PRIMARY_RETAKES_KEY,
                                "acquired session lock as a leader: nobody could take it while"
                                        + " failsafe mode carried me",
                                new Command.AcquireLeaderKey()))
                : Optional.empty();
    }

    /// Whether this node leads itself, or may be about to: then it promises nothing.
    public static boolean leads(Lease lease, LocalPostgres postgres, LongTask task) {
        return lease instanceof Lease.Held
                || StoreLostPolicy.mayWrite(postgres)
                || (task instanceof LongTask.Running(var kind, _, _)
                        && kind == LongTask.Kind.PROMOTE);
    }

    /// While a promise may end early the store is looked at often: what is promised hinders a
    /// switchover.
    static Decision watching(HaView view, Decision decision) {
        return promise(view).isEmpty() || decision.recheckIn().isPresent()
                ? decision
                : decision.recheckIn(LeasePolicy.interval(view.settings().ttl()));
    }

    /// What a standby does while nobody holds the key and it is bound by a promise.
    static Optional<Decision> following(HaView view) {
        return promise(view)
                .map(given -> {
                    Duration left = given.until().since(view.now());
                    Duration usual = view.settings().loopWait();
                    return HaPolicy.of(
                                    view,
                                    Rule.FAILSAFE_FOLLOWS,
                                    "no action. I am ("
                                            + view.me()
                                            + "), a secondary, and following a leader ("
                                            + given.leader()
                                            + ") in failsafe mode")
                            .recheckIn(left.compareTo(usual) < 0 ? left : usual);
                });
    }

    /// Where a stopped standby streams from while the store names no leader: the leader that it has
    /// accepted, unless it has pledged to take no WAL.
    static Upstream upstream(HaView view, LocalPostgres.Stopped stopped) {
        return stopped.startsAs() == LocalPostgres.StartsAs.STANDBY
                        && view.pledge().isEmpty()
                        && !view.node().tags().nostream()
                ? promise(view).map(FailsafePromise.Given::upstream).orElse(new Upstream.None())
                : new Upstream.None();
    }
}
