package io.toomai.agent.loop;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.cluster.History;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Status;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.ha.ControlFacts;
import io.toomai.core.ha.FailsafeFacts;
import io.toomai.core.ha.FailsafePromise;
import io.toomai.core.ha.FailsafeTopology;
import io.toomai.core.ha.HaMemory;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.Hearing;
import io.toomai.core.ha.Heartbeat;
import io.toomai.core.ha.KeptPledge;
import io.toomai.core.ha.Lease;
import io.toomai.core.ha.LocalNode;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LongTask;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.Pledge;
import io.toomai.core.ha.ProxyStanding;
import io.toomai.core.ha.RemoteReading;
import io.toomai.core.ha.Renewal;
import io.toomai.core.ha.ServerFacts;
import io.toomai.core.ha.Serving;
import io.toomai.core.ha.SlotFacts;
import io.toomai.core.ha.SlotMemory;
import io.toomai.core.ha.StoreReading;
import io.toomai.core.ha.Upstream;
import io.toomai.core.ha.WalSender;
import io.toomai.core.ha.Wish;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/// Views for tests, with every kind of component filled.
public final class Views {
    public static final SystemIdentifier SYSTEM = new SystemIdentifier("7683924471234567890");
    public static final MemberName ME = new MemberName("pg1");
    static final MemberName OTHER = new MemberName("pg2");
    public static final Pledge PLEDGE = new Pledge(ME, 42, 11);
    private static final MonoTime NOW = new MonoTime(1_000_000_000_000L);

    private Views() {}

    public static ControlFacts control(ControlFacts.State state) {
        return new ControlFacts(
                SYSTEM, state, new Timeline(3), new Lsn(5000), Lsn.ZERO, Timeline.UNKNOWN);
    }

    private static ServerFacts server() {
        return new ServerFacts(
                SYSTEM,
                new Timeline(3),
                150018,
                "2026-11-20 22:50:23.290276+00:00",
                List.of(
                        new SlotFacts(
                                "pg2",
                                SlotFacts.Kind.PHYSICAL,
                                SlotFacts.Activity.ACTIVE,
                                Optional.of(new Lsn(4900))),
                        new SlotFacts(
                                "changes",
                                SlotFacts.Kind.LOGICAL,
                                SlotFacts.Activity.INACTIVE,
                                Optional.of(new Lsn(4800)),
                                Optional.of(new Lsn(4850)),
                                Optional.of(new SlotFacts.Decoding("postgres", "pgoutput")),
                                Set.of(SlotFacts.Trait.MANAGED, SlotFacts.Trait.SAFE))),
                Map.of("max_connections", new Member.PendingValue("100", "200")));
    }

    public static LocalPostgres primary() {
        return new LocalPostgres.Primary(
                server(),
                new Lsn(6000),
                List.of(
                        new WalSender(
                                "replicator",
                                "pg2",
                                "10.0.0.2",
                                "streaming",
                                "sync",
                                1,
                                Optional.of(new Lsn(6000)),
                                Optional.of(new Lsn(6000)),
                                Optional.empty())),
                "pg2",
                control(ControlFacts.State.IN_PRODUCTION));
    }

    public static LocalPostgres standby() {
        return new LocalPostgres.Standby(
                server(),
                new Lsn(6000),
                new Lsn(5990),
                new Upstream.Server("10.0.0.2", 5432),
                LocalPostgres.WalReceiver.STREAMING,
                LocalPostgres.Replay.RUNNING);
    }

    /// A standby that keeps its pledge, or does not.
    public static LocalPostgres standby(Upstream upstream, LocalPostgres.WalReceiver receiver) {
        return new LocalPostgres.Standby(
                server(),
                new Lsn(6000),
                new Lsn(5990),
                upstream,
                receiver,
                LocalPostgres.Replay.RUNNING);
    }

    /// One of each case.
    public static List<LocalPostgres> everyPostgres() {
        return List.of(
                new LocalPostgres.NoDataDirectory(),
                new LocalPostgres.UnfinishedBootstrap(),
                new LocalPostgres.UnfinishedClone(),
                new LocalPostgres.Unusable("pg_control is damaged"),
                new LocalPostgres.Stopped(
                        control(ControlFacts.State.SHUT_DOWN), LocalPostgres.StartsAs.PRIMARY),
                new LocalPostgres.Starting(
                        control(ControlFacts.State.IN_CRASH_RECOVERY),
                        LocalPostgres.StartsAs.STANDBY,
                        NOW),
                standby(),
                primary(),
                new LocalPostgres.Unresponsive(
                        control(ControlFacts.State.IN_PRODUCTION),
                        LocalPostgres.LastRole.PRIMARY,
                        NOW,
                        "a query took too long"));
    }

    /// This node holds the key under its own lease.
    public static HaView leaderWith(LocalPostgres postgres) {
        return new HaView(
                NOW,
                Instant.parse("2026-11-20T21:50:07.112Z"),
                HaView.Punctuality.ON_TIME,
                new LocalNode(
                        ME,
                        new Tags(Map.of("failover_priority", 2L, "zone", "a", "clonefrom", true)),
                        LocalNode.Bootstrap.CONFIGURED,
                        LocalNode.RewindTool.INSTALLED),
                HaSettings.DEFAULT.withSynchronousMode(HaSettings.SynchronousMode.ON),
                new StoreReading.Answered(cluster()),
                new Lease.Held(NOW.plus(Duration.ofSeconds(4))),
                postgres,
                NOW,
                List.of(
                        new PeerStatus.Reachable(
                                OTHER,
                                PeerStatus.Standing.STANDBY,
                                new Lsn(6000),
                                new Timeline(3),
                                PeerStatus.Eligibility.ELIGIBLE,
                                1),
                        new PeerStatus.Unreachable(new MemberName("pg3"), "refused")),
                List.of(
                        new Hearing.Heard(heartbeat(), NOW.minus(Duration.ofMillis(200))),
                        new Hearing.Refused(new MemberName("pg3"), NOW, Optional.of(heartbeat())),
                        new Hearing.NeverHeard(new MemberName("pg4"))),
                Optional.of(new Renewal(77, NOW)),
                Optional.of(new KeptPledge(PLEDGE, KeptPledge.Proof.PROVEN)),
                new Serving.Troubled(
                        Serving.Trouble.STALLED_DISK, NOW, 2, "a small write is not durable"),
                failsafe(),
                List.of(new ProxyStanding("front", OptionalLong.of(7), 2)),
                LongTask.NOTHING_YET,
                new Wish.Nothing(),
                HaView.Configuration.CURRENT,
                RemoteReading.NOT_ASKED,
                HaMemory.EMPTY.withSlots(
                        new SlotMemory(
                                Map.of("pg2", NOW),
                                new TreeSet<>(List.of("of_somebody")),
                                Optional.of(NOW))));
    }

    private static final FailsafeMembers FAILSAFE =
            FailsafeMembers.of(
                    Map.of(
                            ME,
                            "http://10.0.0.1:8008/patroni",
                            OTHER,
                            "http://10.0.0.2:8008/patroni"));

    private static FailsafeFacts failsafe() {
        return new FailsafeFacts(
                new FailsafeTopology(12, FAILSAFE, FailsafeMembers.NONE),
                new FailsafePromise.Given(
                        OTHER,
                        new Upstream.Server("10.0.0.2", 5432),
                        NOW,
                        NOW.plus(Duration.ofSeconds(30))),
                Optional.of(NOW.plus(Duration.ofSeconds(29))),
                Optional.of("pg3 does not agree: refused"));
    }

    private static Heartbeat heartbeat() {
        return new Heartbeat(
                OTHER,
                PeerStatus.Standing.STANDBY,
                new Lsn(6000),
                new Timeline(3),
                PeerStatus.Eligibility.ELIGIBLE,
                1,
                new TreeSet<>(Set.of(ME)),
                Optional.of(PLEDGE),
                Optional.of(Serving.Trouble.FROZEN),
                Heartbeat.Clients.NONE);
    }

    private static ClusterView cluster() {
        return new ClusterView(
                new Initialize.Done(SYSTEM),
                Optional.of(new Versioned<>("{\"ttl\":5}", 17)),
                new LeaderKey.HeldBy(ME, 42, LeaderKey.Ownership.THIS_PROCESS),
                List.of(member(ME, MemberRole.PRIMARY), member(OTHER, MemberRole.REPLICA)),
                Optional.of(
                        new Versioned<>(
                                new FailoverRequest(
                                        Optional.of(ME), Optional.of(OTHER), Optional.empty()),
                                9)),
                new Versioned<>(
                        new SyncState(Optional.of(ME), 0, new TreeSet<>(Set.of(OTHER))), 11),
                new Status(new Lsn(6000), Map.of("pg2", new Lsn(4900)), List.of("pg2")),
                new History(
                        History.Presence.PRESENT,
                        List.of(
                                new History.Line(
                                        new Timeline(2),
                                        new Lsn(4000),
                                        "no recovery target specified",
                                        Optional.of("2026-11-20T22:49:54.337617+00:00"),
                                        Optional.of("pg1")))),
                new Versioned<>(FAILSAFE, 12));
    }

    private static Member member(MemberName name, MemberRole role) {
        return new Member(
                name,
                "postgres://10.0.0.1:5432/postgres",
                "http://10.0.0.1:8008/patroni",
                MemberState.RUNNING,
                role,
                "4.1.4",
                new Member.Position(
                        Optional.of(new Lsn(6000)),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of("streaming"),
                        new Timeline(3)),
                Tags.NONE,
                Set.of(Member.Flag.PENDING_RESTART),
                Map.of("max_connections", new Member.PendingValue("100", "200")),
                Map.of(),
                Optional.empty());
    }
}
