package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.History;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Status;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Every local state under every leader key, and the decisions that the simulation taught.
class HaPolicyTest {
    private static final MemberName ME = new MemberName("me");
    private static final MemberName OTHER = new MemberName("other");
    private static final SystemIdentifier SYSTEM = new SystemIdentifier("7400000001");
    private static final Timeline ONE = new Timeline(1);
    private static final MonoTime NOW = new MonoTime(0);
    private static final LeaderKey MINE =
            new LeaderKey.HeldBy(ME, 1, LeaderKey.Ownership.THIS_PROCESS);
    private static final LeaderKey THEIRS =
            new LeaderKey.HeldBy(OTHER, 1, LeaderKey.Ownership.ANOTHER_PROCESS);
    private static final List<LeaderKey> KEYS =
            List.of(
                    MINE,
                    THEIRS,
                    new LeaderKey.HeldBy(ME, 1, LeaderKey.Ownership.ANOTHER_PROCESS),
                    new LeaderKey.Vacant());
    private static final Wish SHUT_DOWN = new Wish.ShutDown();
    private static final Wish NOTHING = new Wish.Nothing();

    private static ControlFacts control(ControlFacts.State state) {
        return new ControlFacts(SYSTEM, state, ONE, new Lsn(100), Lsn.ZERO, Timeline.UNKNOWN);
    }

    private static ServerFacts server() {
        return new ServerFacts(SYSTEM, ONE, 150000, "", List.of(), Map.of());
    }

    private static LocalPostgres primary() {
        return new LocalPostgres.Primary(
                server(), new Lsn(100), List.of(), "", control(ControlFacts.State.IN_PRODUCTION));
    }

    private static LocalPostgres standby() {
        return new LocalPostgres.Standby(
                server(),
                new Lsn(100),
                new Lsn(100),
                new Upstream.None(),
                LocalPostgres.WalReceiver.NOT_STREAMING,
                LocalPostgres.Replay.RUNNING);
    }

    private static LocalPostgres stopped(ControlFacts.State state) {
        return new LocalPostgres.Stopped(control(state), LocalPostgres.StartsAs.PRIMARY);
    }

    static List<LocalPostgres> servers() {
        ControlFacts facts = control(ControlFacts.State.IN_PRODUCTION);
        List<LocalPostgres> all = new ArrayList<>();
        all.add(new LocalPostgres.NoDataDirectory());
        all.add(new LocalPostgres.UnfinishedBootstrap());
        all.add(new LocalPostgres.UnfinishedClone());
        all.add(new LocalPostgres.Unusable("damaged"));
        for (ControlFacts.State state : ControlFacts.State.values()) {
            all.add(stopped(state));
            all.add(new LocalPostgres.Stopped(control(state), LocalPostgres.StartsAs.STANDBY));
        }
        for (LocalPostgres.StartsAs as : LocalPostgres.StartsAs.values()) {
            all.add(new LocalPostgres.Starting(facts, as, NOW));
        }
        for (LocalPostgres.LastRole role : LocalPostgres.LastRole.values()) {
            all.add(new LocalPostgres.Unresponsive(facts, role, NOW, "silent"));
        }
        all.add(standby());
        all.add(primary());
        return all;
    }

    private static ClusterView cluster(
            LeaderKey key, SyncState sync, Optional<FailoverRequest> failover) {
        return new ClusterView(
                new Initialize.Done(SYSTEM),
                Optional.of(new Versioned<>("{}", 1)),
                key,
                List.of(),
                failover.map(f -> new Versioned<>(f, 2)),
                new Versioned<>(sync, 3),
                Status.UNKNOWN,
                History.ABSENT,
                ClusterView.EMPTY.failsafe());
    }

    private static HaView view(StoreReading store, LocalPostgres postgres, Wish wish) {
        return view(store, postgres, wish, HaSettings.DEFAULT, Tags.NONE);
    }

    private static HaView view(
            StoreReading store, LocalPostgres postgres, Wish wish, HaSettings settings, Tags tags) {
        return new HaView(
                NOW,
                Instant.EPOCH,
                HaView.Punctuality.ON_TIME,
                new LocalNode(
                        ME, tags, LocalNode.Bootstrap.CONFIGURED, LocalNode.RewindTool.INSTALLED),
                settings,
                store,
                new Lease.Held(new MonoTime(30_000_000_000L)),
                postgres,
                NOW,
                List.of(
                        new PeerStatus.Reachable(
                                OTHER,
                                PeerStatus.Standing.STANDBY,
                                new Lsn(100),
                                ONE,
                                PeerStatus.Eligibility.ELIGIBLE,
                                1)),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                new Serving.NotProbed(),
                FailsafeFacts.NONE,
                List.of(),
                LongTask.NOTHING_YET,
                wish,
                HaView.Configuration.CURRENT,
                RemoteReading.NOT_ASKED,
                HaMemory.EMPTY);
    }

    private static StoreReading answered(LeaderKey key) {
        return new StoreReading.Answered(cluster(key, SyncState.EMPTY, Optional.empty()));
    }

    private static HaView withTask(HaView v, LongTask task) {
        return new HaView(
                v.now(),
                v.wallClock(),
                v.punctuality(),
                v.node(),
                v.settings(),
                v.store(),
                v.lease(),
                v.postgres(),
                v.postgresSeen(),
                v.peers(),
                v.hearing(),
                v.renewal(),
                v.pledge(),
                v.serving(),
                v.failsafe(),
                v.proxies(),
                task,
                v.wish(),
                v.configuration(),
                v.remote(),
                v.memory());
    }

    private static boolean has(Decision decision, Class<? extends Command> kind) {
        return decision.commands().stream().anyMatch(kind::isInstance);
    }

    @Test
    void noTwoRulesHaveOneNumber() {
        assertThat(Rule.values()).extracting(Rule::number).doesNotHaveDuplicates();
    }

    @Test
    void everySituationHasADecisionAndOnlyALeaderPromotes() {
        for (LocalPostgres postgres : servers()) {
            for (LeaderKey key : KEYS) {
                for (Wish wish : List.of(NOTHING, SHUT_DOWN)) {
                    HaView view = view(answered(key), postgres, wish);
                    Decision decision = HaPolicy.decide(view);
                    boolean makesPrimary =
                            has(decision, Command.Promote.class)
                                    || has(decision, Command.StartAsPrimary.class);
                    assertThat(makesPrimary && !view.leads())
                            .as("%s %s -> %s", postgres, key, decision)
                            .isFalse();
                }
            }
        }
    }

    @Test
    void aPrimaryIsFencedWhenSomebodyElseLeads() {
        Decision decision = HaPolicy.decide(view(answered(THEIRS), primary(), NOTHING));
        assertThat(has(decision, Command.Fence.class)).isTrue();
    }

    @Test
    void aStandbyThatMayNotLeadNeverTakesTheKey() {
        HaView view =
                view(
                        answered(new LeaderKey.Vacant()),
                        standby(),
                        NOTHING,
                        HaSettings.DEFAULT,
                        new Tags(Map.of("nofailover", true)));
        assertThat(has(HaPolicy.decide(view), Command.AcquireLeaderKey.class)).isFalse();
    }

    private static Decision race(SyncState sync, Optional<FailoverRequest> failover) {
        return HaPolicy.decide(
                view(
                        new StoreReading.Answered(cluster(new LeaderKey.Vacant(), sync, failover)),
                        standby(),
                        NOTHING,
                        HaSettings.DEFAULT.withSynchronousMode(HaSettings.SynchronousMode.ON),
                        Tags.NONE));
    }

    @Test
    void inSynchronousModeOnlyTheNamedRace() {
        SyncState others = new SyncState(Optional.of(OTHER), 0, new TreeSet<>());
        SyncState named = new SyncState(Optional.of(OTHER), 0, new TreeSet<>(List.of(ME)));
        assertThat(has(race(others, Optional.empty()), Command.AcquireLeaderKey.class)).isFalse();
        assertThat(has(race(named, Optional.empty()), Command.AcquireLeaderKey.class)).isTrue();
    }

    /// Simulation seeds 72 and 90.
    @Test
    void aCandidateThatMayNotTakeTheKeyIsNotWaitedFor() {
        MemberName third = new MemberName("third");
        SyncState sync = new SyncState(Optional.of(third), 0, new TreeSet<>(List.of(ME)));
        FailoverRequest asked =
                new FailoverRequest(Optional.of(third), Optional.of(OTHER), Optional.empty());
        assertThat(has(race(sync, Optional.of(asked)), Command.AcquireLeaderKey.class)).isTrue();
    }

    /// Simulation seed 23.
    @Test
    void withoutTheStoreTheAgentStaysWhileItStopsPostgres() {
        StoreReading lost =
                new StoreReading.Unreadable(
                        "no answer", NOW, cluster(MINE, SyncState.EMPTY, Optional.empty()));
        HaView view =
                withTask(
                        view(lost, primary(), SHUT_DOWN),
                        new LongTask.Running(LongTask.Kind.STOP, NOW, ""));
        assertThat(has(HaPolicy.decide(view), Command.EndAgent.class)).isFalse();
    }

    /// Simulation seed 52.
    @Test
    void orphansAreFencedBeforeTheKeyIsGivenUp() {
        HaView view = view(answered(MINE), stopped(ControlFacts.State.IN_PRODUCTION), SHUT_DOWN);
        assertThat(HaPolicy.decide(view).commands().getFirst()).isInstanceOf(Command.Fence.class);
    }

    /// Simulation seeds 1009576, 1010154 and 1014188: in asynchronous mode backends that outlive
    /// their postmaster confirm commits beside the next leader.
    @Test
    void noOrphansOfADeadPrimaryOutliveTheAgent() {
        LocalPostgres dead = stopped(ControlFacts.State.IN_PRODUCTION);
        StoreReading lost =
                new StoreReading.Unreadable(
                        "silence", NOW, cluster(MINE, SyncState.EMPTY, Optional.empty()));
        for (StoreReading store :
                List.of(lost, answered(THEIRS), answered(new LeaderKey.Vacant()))) {
            assertThat(HaPolicy.decide(view(store, dead, SHUT_DOWN)).commands())
                    .extracting(c -> c.getClass().getSimpleName())
                    .containsExactly("Fence", "EndAgent");
        }
    }
}
