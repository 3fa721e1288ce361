package io.toomai.api;

import io.toomai.api.NodeStatus.ClusterKind;
import io.toomai.api.NodeStatus.Essentials;
import io.toomai.api.NodeStatus.FailsafeState;
import io.toomai.api.NodeStatus.Identity;
import io.toomai.api.NodeStatus.Leadership;
import io.toomai.api.NodeStatus.Loop;
import io.toomai.api.NodeStatus.Maintenance;
import io.toomai.api.NodeStatus.SeenCluster;
import io.toomai.api.NodeStatus.StandbyDetail;
import io.toomai.api.NodeStatus.SynchronousMode;
import io.toomai.api.NodeStatus.WatchdogState;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
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
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LocalPostgres.Replay;
import io.toomai.core.ha.LocalPostgres.WalReceiver;
import io.toomai.core.ha.ServerFacts;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.ByteSize;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Nodes and clusters for tests: pg1 leads, pg2 and pg3 follow.
public final class Samples {
    public static final MonoTime NOW = new MonoTime(1_000_000_000_000L);
    public static final MemberName PG1 = new MemberName("pg1");
    public static final MemberName PG2 = new MemberName("pg2");
    public static final MemberName PG3 = new MemberName("pg3");

    private static final SystemIdentifier SYSTEM = new SystemIdentifier("7710389609785954347");
    private static final ServerFacts SERVER =
            new ServerFacts(
                    SYSTEM,
                    new Timeline(2),
                    150020,
                    "2026-11-20 22:49:36.821483+00:00",
                    List.of(),
                    Map.of());
    static final ControlFacts CONTROL =
            new ControlFacts(
                    SYSTEM,
                    ControlFacts.State.SHUT_DOWN,
                    new Timeline(2),
                    new Lsn(1000),
                    Lsn.ZERO,
                    Timeline.UNKNOWN);

    private Samples() {}

    static LocalPostgres.Primary primary() {
        return new LocalPostgres.Primary(SERVER, new Lsn(5000), List.of(), "", CONTROL);
    }

    static LocalPostgres.Standby standby(long received, long replayed) {
        return new LocalPostgres.Standby(
                SERVER,
                new Lsn(received),
                new Lsn(replayed),
                new Upstream.None(),
                WalReceiver.STREAMING,
                Replay.RUNNING);
    }

    static LocalPostgres stopped() {
        return new LocalPostgres.Stopped(CONTROL, LocalPostgres.StartsAs.STANDBY);
    }

    /// A picture under construction.
    public static final class Draft {
        MemberState state = MemberState.RUNNING;
        MemberRole role = MemberRole.PRIMARY;
        LocalPostgres postgres = primary();
        StandbyDetail detail = StandbyDetail.NONE;
        Leadership leadership = new Leadership.LeaderUntil(NOW.plus(Duration.ofSeconds(10)));
        Optional<SeenCluster> store = Optional.of(new SeenCluster(Samples.cluster("{}"), NOW));
        SynchronousMode mode = SynchronousMode.OFF;
        Maintenance pause = Maintenance.OFF;
        ClusterKind kind = ClusterKind.PRIMARY;
        Tags tags = Tags.NONE;
        MemberName name = PG1;
        Map<String, Member.PendingValue> pending = Map.of();
        FailsafeState failsafe = FailsafeState.INACTIVE;
        NodeStatus.Heartbeats heartbeats = NodeStatus.Heartbeats.NONE;
        Loop loop = new Loop(NOW, Duration.ofMillis(12));
        Optional<String> task = Optional.empty();

        public Draft standbyOf(long received, long replayed) {
            name = PG2;
            role = MemberRole.REPLICA;
            postgres = standby(received, replayed);
            detail =
                    new StandbyDetail(
                            Optional.of(new Lsn(5000)), Optional.empty(), Optional.of("streaming"));
            leadership = new Leadership.NotLeader();
            return this;
        }

        public Draft cluster(ClusterView view) {
            store = Optional.of(new SeenCluster(view, NOW));
            return this;
        }

        public Draft paused() {
            pause = Maintenance.PAUSED;
            return this;
        }

        public NodeStatus build() {
            return new NodeStatus(
                    new Identity("batman", name, "4.1.4"),
                    state,
                    role,
                    postgres,
                    detail,
                    List.of(),
                    leadership,
                    store,
                    new Essentials(
                            Duration.ofSeconds(30),
                            Duration.ofSeconds(10),
                            new ByteSize(1_048_576),
                            mode,
                            pause,
                            kind),
                    Instant.ofEpochSecond(1795214979),
                    tags,
                    pending,
                    Optional.empty(),
                    loop,
                    failsafe,
                    WatchdogState.FINE,
                    task,
                    heartbeats);
        }
    }

    public static Draft leader() {
        return new Draft();
    }

    public static Draft replica() {
        return new Draft().standbyOf(4900, 4800);
    }

    public static ClusterView cluster(String config, MemberName... voters) {
        return new ClusterView(
                new Initialize.Done(SYSTEM),
                Optional.of(new Versioned<>(config, 7)),
                new LeaderKey.HeldBy(PG1, 1, LeaderKey.Ownership.ANOTHER_PROCESS),
                List.of(member(PG1, 5000), member(PG2, 4900), member(PG3, 4000)),
                Optional.empty(),
                new Versioned<>(
                        new SyncState(
                                voters.length == 0 ? Optional.empty() : Optional.of(PG1),
                                0,
                                new TreeSet<>(Arrays.asList(voters))),
                        3),
                new Status(new Lsn(5000), Map.of(), List.of()),
                History.ABSENT,
                ClusterView.EMPTY.failsafe());
    }

    public static ClusterView ledBy(ClusterView view, LeaderKey leader) {
        return new ClusterView(
                view.initialize(),
                view.config(),
                leader,
                view.members(),
                view.failover(),
                view.sync(),
                view.status(),
                view.history(),
                view.failsafe());
    }

    public static ClusterView asked(ClusterView view, Optional<FailoverRequest> request) {
        return new ClusterView(
                view.initialize(),
                view.config(),
                view.leader(),
                view.members(),
                request.map(r -> new Versioned<>(r, 9)),
                view.sync(),
                view.status(),
                view.history(),
                view.failsafe());
    }

    static Member member(MemberName name, long position) {
        boolean leads = name.equals(PG1);
        Optional<Lsn> standby = leads ? Optional.empty() : Optional.of(new Lsn(position));
        return new Member(
                name,
                "postgres://127.0.0.1:5432/postgres",
                "http://127.0.0.1:8008/patroni",
                MemberState.RUNNING,
                leads ? MemberRole.PRIMARY : MemberRole.REPLICA,
                "4.1.4",
                new Member.Position(
                        Optional.of(new Lsn(position)),
                        standby,
                        standby,
                        leads ? Optional.empty() : Optional.of("streaming"),
                        new Timeline(2)),
                Tags.NONE,
                Set.of(),
                Map.of(),
                Map.of(),
                Optional.empty());
    }
}
