package io.toomai.simulation;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.cluster.Status;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.Decision;
import io.toomai.core.ha.FailsafeFacts;
import io.toomai.core.ha.FailsafePromise;
import io.toomai.core.ha.HaMemory;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.LeasePolicy;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.ProxyStanding;
import io.toomai.core.ha.StoreReading;
import io.toomai.core.ha.SyncMemory;
import io.toomai.core.ha.SyncNames;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/// Plants the bug of a [Mutant] around the real policies: it bends what they see or what they say.
final class Mutation {
    private final Mutant mutant;

    Mutation(Mutant mutant) {
        this.mutant = mutant;
    }

    List<PeerStatus> peers(List<PeerStatus> peers, LocalPostgres local) {
        if (mutant != Mutant.RACE_IGNORES_POSITION || !(local instanceof LocalPostgres.Standby)) {
            return peers;
        }
        return peers.stream()
                .map(p ->
                        p instanceof PeerStatus.Reachable r
                                ? new PeerStatus.Reachable(
                                        r.name(),
                                        r.standing(),
                                        Lsn.ZERO,
                                        r.timeline(),
                                        r.eligibility(),
                                        r.failoverPriority())
                                : p)
                .toList();
    }

    /// Whose acceptance a leader needs.
    FailsafeMembers needed(FailsafeMembers asked, Set<MemberName> accepted) {
        return mutant == Mutant.FAILSAFE_WITHOUT_ONE
                ? asked.apiUrls().keySet().stream()
                        .filter(name -> !accepted.contains(name))
                        .findFirst()
                        .map(asked::without)
                        .orElse(asked)
                : asked;
    }

    /// A member that races whatever it has promised.
    FailsafeFacts failsafe(FailsafeFacts facts) {
        return mutant == Mutant.PROMISE_NOT_KEPT
                ? new FailsafeFacts(
                        facts.topology(),
                        new FailsafePromise.None(),
                        facts.carriedUntil(),
                        facts.obstacle())
                : facts;
    }

    /// What a leader believes of the proxies.
    List<ProxyStanding> proxies(List<ProxyStanding> proxies, HaMemory memory) {
        return mutant == Mutant.STOPPED_BEFORE_QUIET
                ? proxies.stream().map(proxy -> quiet(proxy, memory)).toList()
                : proxies;
    }

    private static ProxyStanding quiet(ProxyStanding proxy, HaMemory memory) {
        OptionalLong request =
                memory.hold().map(hold -> OptionalLong.of(hold.request())).orElse(proxy.holds());
        return new ProxyStanding(proxy.name(), request, 0);
    }

    Duration apart(HaView view) {
        return mutant == Mutant.SELDOM_RENEWED
                ? view.settings().loopWait()
                : LeasePolicy.apart(view);
    }

    /// What the decision is told of the configuration.
    HaSettings settings(HaSettings settings) {
        return mutant == Mutant.STANDBY_CLUSTER_PROMOTED
                ? settings.withStandbyCluster(Optional.empty())
                : settings;
    }

    Decision decide(HaView view, Function<HaView, Decision> policy) {
        if (mutant == Mutant.RACE_IGNORES_SYNC
                && view.postgres() instanceof LocalPostgres.Standby) {
            return policy.apply(with(view, namesMe(view), view.memory().sync()));
        }
        if (mutant == Mutant.RACE_IGNORES_FAILSAFE
                && view.store() instanceof StoreReading.Answered(var c)
                && !c.failsafe().value().names(view.me())) {
            ClusterView unlisted =
                    new ClusterView(
                            c.initialize(),
                            c.config(),
                            c.leader(),
                            c.members(),
                            c.failover(),
                            c.sync(),
                            c.status(),
                            c.history(),
                            ClusterView.EMPTY.failsafe());
            return policy.apply(view.withStore(new StoreReading.Answered(unlisted)));
        }
        if (mutant == Mutant.SYNC_GROWN_TOO_EARLY
                && view.postgres() instanceof LocalPostgres.Primary primary) {
            TreeSet<MemberName> all = new TreeSet<>();
            SyncNames.parse(primary.synchronousStandbyNames())
                    .forEach(n -> all.add(new MemberName(n)));
            return policy.apply(
                    with(
                            view,
                            view.store(),
                            new SyncMemory(primary.synchronousStandbyNames(), Lsn.ZERO, all)));
        }
        if (mutant == Mutant.RACE_IGNORES_POSITION
                && view.store() instanceof StoreReading.Answered(var c)) {
            StoreReading nothingPublished =
                    new StoreReading.Answered(with(c, c.sync(), Status.UNKNOWN));
            return policy.apply(with(view, nothingPublished, view.memory().sync()));
        }
        Decision decision = policy.apply(pledged(view));
        return mutant == Mutant.HEIR_NAMED_BEFORE_FENCE
                ? new Decision(
                        decision.rule(),
                        decision.reason(),
                        decision.commands().stream().map(c -> named(view, c)).toList(),
                        decision.memory(),
                        decision.recheckIn())
                : decision;
    }

    /// Gives the key to the voter that had most when the leader looked.
    private static Command named(HaView view, Command command) {
        if (!(command instanceof Command.ReleaseLeaderKey(var handOver, var optime))) {
            return command;
        }
        Optional<PeerStatus.Reachable> furthest =
                view.peers().stream()
                        .filter(p -> p instanceof PeerStatus.Reachable)
                        .map(PeerStatus.Reachable.class::cast)
                        .max(Comparator.comparing(PeerStatus.Reachable::position));
        return new Command.ReleaseLeaderKey(
                handOver.map(asked ->
                        new FailoverRequest(
                                asked.leader(),
                                asked.candidate()
                                        .or(() -> furthest.map(PeerStatus.Reachable::name)),
                                asked.scheduledAt(),
                                asked.handedOver())),
                optime);
    }

    /// A view in which a pledge looks kept though nobody has waited for the end of reception.
    HaView pledged(HaView view) {
        if (mutant != Mutant.PLEDGE_NOT_AWAITED
                || view.pledge().isEmpty()
                || !(view.postgres() instanceof LocalPostgres.Standby s)) {
            return view;
        }
        return view.withPostgres(
                new LocalPostgres.Standby(
                        s.server(),
                        s.received(),
                        s.replayed(),
                        new Upstream.None(),
                        LocalPostgres.WalReceiver.NOT_STREAMING,
                        s.replay()));
    }

    List<Command> order(List<Command> commands) {
        if (mutant != Mutant.PARAMETER_SHRUNK_FIRST) {
            return commands;
        }
        List<Command> turned = new ArrayList<>(commands);
        turned.sort(Comparator.comparing(c -> !(c instanceof Command.SetSynchronousStandbyNames)));
        return turned;
    }

    private static StoreReading namesMe(HaView view) {
        if (!(view.store() instanceof StoreReading.Answered(var c)) || c.sync().value().isEmpty()) {
            return view.store();
        }
        SyncState mine = new SyncState(Optional.of(view.me()), 0, new TreeSet<>());
        return new StoreReading.Answered(
                with(c, new Versioned<>(mine, c.sync().revision()), c.status()));
    }

    private static ClusterView with(ClusterView c, Versioned<SyncState> sync, Status status) {
        return new ClusterView(
                c.initialize(),
                c.config(),
                c.leader(),
                c.members(),
                c.failover(),
                sync,
                status,
                c.history(),
                c.failsafe());
    }

    private static HaView with(HaView v, StoreReading store, SyncMemory sync) {
        return v.withStore(store).withMemory(v.memory().withSync(sync));
    }
}
