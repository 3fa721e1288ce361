package io.toomai.agent.loop;

import io.toomai.agent.failsafe.Failsafe;
import io.toomai.agent.journal.Journal;
import io.toomai.agent.lease.LeaseGuard;
import io.toomai.agent.server.LocalServer;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.Decision;
import io.toomai.core.ha.FailsafePolicy;
import io.toomai.core.ha.HaMemory;
import io.toomai.core.ha.HaPolicy;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.KeptPledge;
import io.toomai.core.ha.LeasePolicy;
import io.toomai.core.ha.LocalNode;
import io.toomai.core.ha.LongTask;
import io.toomai.core.ha.Pledge;
import io.toomai.core.ha.RemotePrimary;
import io.toomai.core.ha.StoreReading;
import io.toomai.core.ha.Wish;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.document.MemberDocument;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One cycle after the other: take the view, ask the policy, carry out, tell. A cycle begins on a
/// knock or after `loop_wait` at the latest. Runs on the thread `ha-loop` and is the only owner of
/// the memory between cycles.
public final class HaLoop {
    private static final Logger log = LoggerFactory.getLogger(HaLoop.class);
    private static final Duration PUBLISH_PATIENCE = Duration.ofMillis(1500);

    private final LocalNode node;
    private final Portrait.Addresses addresses;
    private final Parts parts;
    private final ViewGatherer gatherer;
    private final Supplier<MonoTime> clock;
    private final NameCheck nameCheck;
    private final HeapCare heap = HeapCare.ofJvm();
    private final PublishPace pace = new PublishPace();

    private final RemoteWatch remote;
    private HaMemory memory = HaMemory.EMPTY;
    private MonoTime planned;

    /// What the loop works with; wired by the agent.
    public record Parts(
            Dcs dcs,
            LocalServer server,
            LeaseGuard guard,
            TaskRunner tasks,
            CommandRunner runner,
            DynamicConfig config,
            WishBox wishes,
            Journal journal,
            Wakeup wakeup,
            Heartbeats heartbeats,
            Failsafe failsafe,
            Supplier<Map<String, Object>> scheduledRestart,
            Consumer<Cycle> observer) {}

    /// One finished cycle, for whoever shows the node to the outside.
    public record Cycle(
            HaView view, Decision decision, Member portrait, MonoTime nextRun, Duration took) {}

    public HaLoop(
            LocalNode node,
            Portrait.Addresses addresses,
            Parts parts,
            io.toomai.api.peer.PeerClient peers,
            Supplier<MonoTime> clock) {
        this.node = node;
        this.addresses = addresses;
        this.parts = parts;
        this.clock = clock;
        this.gatherer = new ViewGatherer(node.name(), parts.dcs(), parts.server(), peers, clock);
        this.nameCheck = new NameCheck(node.name(), addresses.apiUrl(), peers);
        this.remote = new RemoteWatch(parts.server()::readRemote, parts.wakeup()::knock, clock);
        this.planned = clock.get();
    }

    /// Runs until a decision ends the agent.
    ///
    /// @return that decision's last word
    public Command.EndAgent run() throws InterruptedException {
        try (gatherer;
                remote) {
            while (true) {
                parts.guard().loopIsAlive();
                parts.heartbeats().loopIsAlive(parts.config().inForce().ha());
                Optional<Command.EndAgent> end = cycle();
                if (end.isPresent()) {
                    return end.get();
                }
                heap.look();
                parts.guard().loopSleepsUntil(planned);
                parts.wakeup().await(planned);
            }
        }
    }

    private Optional<Command.EndAgent> cycle() throws InterruptedException {
        MonoTime began = clock.get();
        HaView view = view(began);
        Optional<Command.EndAgent> nameTaken = nameCheck.look(view);
        if (nameTaken.isPresent()) {
            return nameTaken;
        }
        parts.heartbeats().tell(view);
        parts.guard().renewAtLeastEvery(LeasePolicy.apart(view));
        Decision decision = HaPolicy.decide(view);
        parts.heartbeats().decided(view, decision.memory());
        List<Outcome> outcomes = parts.runner().carryOut(decision.commands(), view);
        memory = decision.memory();
        parts.journal().record(view, decision, outcomes);
        boolean leadsNow = outcomes.stream().anyMatch(HaLoop::tookLeaderKey);
        Member portrait = Portrait.of(view, addresses, parts.scheduledRestart().get());
        if (!leadsNow) {
            publish(view, portrait);
        }
        parts.wishes().decided(view.wish(), new WishBox.Answer(decision, outcomes));
        MonoTime ended = clock.get();
        boolean hindered = outcomes.stream().anyMatch(o -> !(o instanceof Outcome.Done));
        Duration pause =
                decision.recheckIn()
                        .orElseGet(() -> hindered ? AFTER_HINDRANCE : view.settings().loopWait());
        planned = leadsNow ? ended : ended.plus(pause);
        parts.heartbeats().loopIsAlive(view.settings());
        parts.observer().accept(new Cycle(view, decision, portrait, planned, ended.since(began)));
        return outcomes.stream()
                .filter(o -> o instanceof Outcome.Done(Command.EndAgent _))
                .map(o -> (Command.EndAgent) o.command())
                .findFirst();
    }

    /// Who has just got the leader key promotes next, at once; telling the others of it can wait.
    private static boolean tookLeaderKey(Outcome outcome) {
        return outcome instanceof Outcome.Done(Command.AcquireLeaderKey _)
                || outcome instanceof Outcome.Done(Command.TakeOver _);
    }

    /// A decision that could not be carried out is looked at again soon, but not in a spin.
    private static final Duration AFTER_HINDRANCE = Duration.ofMillis(250);

    private HaView view(MonoTime began) throws InterruptedException {
        Wish wish = parts.wishes().current();
        // Before PostgreSQL is looked at: work that ends in between must not look as if it had not
        // begun, or it would be begun twice.
        LongTask task = parts.tasks().state();
        HaSettings known = parts.config().inForce().ha();
        ViewGatherer.Readings readings = gatherer.gather(wish, known, storePatience());
        if (readings.store() instanceof StoreReading.Answered(var cluster)) {
            parts.failsafe().storeWasRead(began, cluster);
        }
        takeConfiguration(readings.store());
        DynamicConfig.InForce config = parts.config().inForce();
        return new HaView(
                clock.get(),
                Instant.now(), // style: for what operators scheduled
                ViewGatherer.punctuality(planned, began, config.ha().ttl()),
                node.with(parts.config().local().tags())
                        .with(
                                parts.guard().watchdogFailed().isPresent()
                                        ? LocalNode.Watchdog.REQUIRED_AND_UNUSABLE
                                        : LocalNode.Watchdog.FINE)
                        .with(config.restore()),
                config.ha(),
                readings.store(),
                parts.guard().lease(),
                readings.postgres().server(),
                readings.postgres().at(),
                readings.peers(),
                parts.heartbeats().hearing(ViewGatherer.lastKnown(readings.store())),
                parts.dcs().renewal(),
                keptPledge(),
                readings.serving(),
                parts.failsafe().facts(readings.postgres().server()),
                parts.heartbeats().proxies().standings(),
                task,
                wish,
                parts.server().isConfigurationCurrent()
                        ? HaView.Configuration.CURRENT
                        : HaView.Configuration.STALE,
                remote.look(remotePrimary(readings.store()), config.ha().loopWait()),
                memory);
    }

    /// Who leads a standby cluster wants to know what its WAL comes from.
    private Optional<RemotePrimary> remotePrimary(StoreReading store) {
        return parts.config()
                .inForce()
                .ha()
                .standbyCluster()
                .filter(_ ->
                        ViewGatherer.lastKnown(store).leader() instanceof LeaderKey.HeldBy held
                                && held.leader().equals(node.name()));
    }

    private Optional<KeptPledge> keptPledge() {
        Optional<Pledge> proven = parts.server().provenPledge();
        return parts.server()
                .pledge()
                .map(p ->
                        new KeptPledge(
                                p,
                                proven.filter(p::equals).isPresent()
                                        ? KeptPledge.Proof.PROVEN
                                        : KeptPledge.Proof.UNPROVEN));
    }

    /// A loop that waits long for the store would look dead to its own guard. In failsafe mode the
    /// members must be asked, perhaps more than once, before the lease ends.
    private Duration storePatience() {
        HaSettings settings = parts.config().inForce().ha();
        Duration ttl = parts.dcs().grantedTtl();
        Duration most =
                settings.failsafeMode() == HaSettings.Failsafe.ON
                        ? FailsafePolicy.patience(ttl)
                        : ttl.dividedBy(3);
        return settings.retryTimeout().compareTo(most) < 0 ? settings.retryTimeout() : most;
    }

    private void takeConfiguration(StoreReading store) {
        if (store instanceof StoreReading.Answered(var cluster)
                && parts.config().take(cluster.config()) == DynamicConfig.Change.CHANGED) {
            DynamicConfig.InForce now = parts.config().inForce();
            parts.dcs().changeTtl(now.ha().ttl());
            parts.guard().ttlChanged();
            parts.server().configure(now.server());
            log.info("dynamic configuration changed: {}", now.json());
        }
    }

    private void publish(HaView view, Member portrait) {
        if (view.store() instanceof StoreReading.Answered && pace.isDue(portrait, clock.get())) {
            try {
                parts.dcs().publishMember(MemberDocument.write(portrait), PUBLISH_PATIENCE);
                pace.isWritten(portrait, clock.get());
            } catch (DcsException e) {
                log.warn("my member key was not written: {} code={}", e.getMessage(), e.code());
            }
        }
    }
}
