package io.toomai.core.ha;

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
import io.toomai.core.model.ByteSize;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// A view under construction, for tests: a node `pg1` at position 1000 of timeline 1 in a cluster
/// that exists, until something else is said. Not safe for use by several threads.
final class Scene {
    static final MemberName ME = new MemberName("pg1");
    static final SystemIdentifier SYSTEM = new SystemIdentifier("7400000001");
    static final long SYNC_REVISION = 30;
    static final long FAILSAFE_REVISION = 21;

    MonoTime now = new MonoTime(1_000_000_000_000L);
    Instant wallClock = Instant.parse("2026-01-01T00:00:00Z");
    Tags tags = Tags.NONE;
    HaSettings.SynchronousMode synchronous = HaSettings.SynchronousMode.OFF;
    HaSettings.SynchronousStrictness strictness = HaSettings.SynchronousStrictness.RELAXED;
    HaSettings.Maintenance pause = HaSettings.Maintenance.OFF;
    HaSettings.Rewind rewind = HaSettings.Rewind.ON;
    HaSettings.OnDivergence onDivergence = HaSettings.OnDivergence.REPLACE;
    SlotRules slots = SlotRules.DEFAULT;
    Map<String, Lsn> publishedSlots = Map.of();
    boolean configured = true;
    List<String> retainedSlots = List.of();
    HaSettings.PrimaryLimits limits = HaSettings.PrimaryLimits.DEFAULT;
    int syncCount = 1;
    boolean storeAnswers = true;
    Lease lease = new Lease.NotHeld();
    LocalPostgres postgres = standby(1000, 1);
    Initialize initialize = new Initialize.Done(SYSTEM);
    LeaderKey leader = new LeaderKey.Vacant();
    Optional<FailoverRequest> failover = Optional.empty();
    SyncState sync = SyncState.EMPTY;
    Lsn published = Lsn.ZERO;
    Optional<MonoTime> postgresSeen = Optional.empty();
    History history = History.ABSENT;
    LongTask task = LongTask.NOTHING_YET;
    Wish wish = new Wish.Nothing();
    HaMemory memory = HaMemory.EMPTY;
    LocalNode.Watchdog watchdog = LocalNode.Watchdog.FINE;
    LocalNode.Restore restore = LocalNode.Restore.IMPOSSIBLE;
    HaView.Punctuality punctuality = HaView.Punctuality.ON_TIME;
    final TreeMap<String, Member> members = new TreeMap<>();
    final TreeMap<String, PeerStatus> peers = new TreeMap<>();
    final TreeMap<String, Hearing> hearing = new TreeMap<>();
    Optional<Renewal> renewal = Optional.empty();
    Optional<KeptPledge> pledge = Optional.empty();
    Serving serving = new Serving.NotProbed();
    HaSettings.Failsafe failsafeMode = HaSettings.Failsafe.OFF;
    FailsafeMembers failsafe = FailsafeMembers.NONE;
    FailsafeFacts failsafeFacts = FailsafeFacts.NONE;
    List<ProxyStanding> proxies = List.of();
    HaSettings.Detection detection = HaSettings.Detection.DEFAULT;
    Optional<RemotePrimary> standbyCluster = Optional.empty();
    RemoteReading remote = RemoteReading.NOT_ASKED;
    HaView.Configuration configuration = HaView.Configuration.CURRENT;
    HaSettings.Script prePromote = HaSettings.Script.NONE;
    HaSettings.Drain drain = HaSettings.Drain.DEFAULT;

    /// The key as pg2 left it.
    static LeaderKey vacantSince(long term) {
        return new LeaderKey.Vacant(term, Optional.of(new MemberName("pg2")));
    }

    Decision decide() {
        return HaPolicy.decide(view());
    }

    HaView view() {
        ClusterView cluster =
                new ClusterView(
                        initialize,
                        configured ? Optional.of(new Versioned<>("{}", 1)) : Optional.empty(),
                        leader,
                        List.copyOf(members.values()),
                        failover.map(f -> new Versioned<>(f, 2)),
                        new Versioned<>(sync, SYNC_REVISION),
                        new Status(published, publishedSlots, retainedSlots),
                        history,
                        new Versioned<>(failsafe, FAILSAFE_REVISION));
        return new HaView(
                now,
                wallClock,
                punctuality,
                new LocalNode(
                        ME,
                        tags,
                        LocalNode.Bootstrap.CONFIGURED,
                        LocalNode.RewindTool.INSTALLED,
                        watchdog,
                        restore),
                settings(),
                storeAnswers
                        ? new StoreReading.Answered(cluster)
                        : new StoreReading.Unreadable("no answer", now, cluster),
                lease,
                postgres,
                postgresSeen.orElse(now),
                List.copyOf(peers.values()),
                List.copyOf(hearing.values()),
                renewal,
                pledge,
                serving,
                failsafeFacts,
                proxies,
                task,
                wish,
                configuration,
                remote,
                memory);
    }

    private HaSettings settings() {
        return new HaSettings(
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                new ByteSize(1_048_576),
                new ByteSize(-1),
                synchronous,
                strictness,
                syncCount,
                limits,
                pause,
                HaSettings.TimelineCheck.OFF,
                slots,
                rewind,
                onDivergence,
                onDivergence,
                failsafeMode,
                detection,
                standbyCluster,
                prePromote,
                drain);
    }

    // ---- the store

    Scene synchronous() {
        synchronous = HaSettings.SynchronousMode.ON;
        return this;
    }

    Scene iLead() {
        leader = new LeaderKey.HeldBy(ME, 1, LeaderKey.Ownership.THIS_PROCESS);
        lease = new Lease.Held(now.plus(Duration.ofSeconds(25)));
        return this;
    }

    Scene leads(String name) {
        leader = new LeaderKey.HeldBy(new MemberName(name), 1, LeaderKey.Ownership.ANOTHER_PROCESS);
        lease = new Lease.NotHeld();
        return this;
    }

    Scene nobodyLeads() {
        leader = new LeaderKey.Vacant();
        lease = new Lease.NotHeld();
        return this;
    }

    Scene sync(String leading, String... voters) {
        sync = new SyncState(Optional.of(new MemberName(leading)), 0, new TreeSet<>(names(voters)));
        return this;
    }

    Scene member(String name, MemberRole role, int timeline) {
        members.put(
                name,
                new Member(
                        new MemberName(name),
                        "postgres://" + name + ":5432/postgres",
                        "http://" + name + ":8008/patroni",
                        MemberState.RUNNING,
                        role,
                        "4.1.0",
                        new Member.Position(
                                Optional.of(new Lsn(1000)),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of("streaming"),
                                new Timeline(timeline)),
                        Tags.NONE,
                        Set.of(),
                        Map.of(),
                        Map.of(),
                        Optional.empty()));
        return this;
    }

    Scene peer(String name, PeerStatus.Standing standing, long position) {
        peers.put(
                name,
                new PeerStatus.Reachable(
                        new MemberName(name),
                        standing,
                        new Lsn(position),
                        new Timeline(1),
                        PeerStatus.Eligibility.ELIGIBLE,
                        1));
        return this;
    }

    /// Its heartbeat arrived just now.
    private Scene hears(String name, OptionalLong hold, ProxyStanding... attached) {
        MemberName member = new MemberName(name);
        Heartbeat heartbeat =
                new Heartbeat(
                        member,
                        PeerStatus.Standing.STANDBY,
                        new Lsn(1000),
                        new Timeline(1),
                        PeerStatus.Eligibility.ELIGIBLE,
                        1,
                        new TreeSet<>(),
                        Optional.empty(),
                        Optional.empty(),
                        new Heartbeat.Clients(hold, List.of(attached)));
        hearing.put(name, new Hearing.Heard(heartbeat, now));
        return this;
    }

    Scene hears(String name, ProxyStanding... attached) {
        return hears(name, OptionalLong.empty(), attached);
    }

    Scene hearsHold(String name, long request) {
        return hears(name, OptionalLong.of(request));
    }

    // ---- PostgreSQL

    Scene runs(LocalPostgres next) {
        postgres = next;
        return this;
    }

    static ServerFacts server(int timeline, SlotFacts... slots) {
        return new ServerFacts(
                SYSTEM, new Timeline(timeline), 170000, "", Arrays.asList(slots), Map.of());
    }

    static ControlFacts control(ControlFacts.State state, int timeline) {
        return new ControlFacts(
                SYSTEM, state, new Timeline(timeline), new Lsn(900), Lsn.ZERO, Timeline.UNKNOWN);
    }

    static LocalPostgres.Standby standby(long position, int timeline) {
        return new LocalPostgres.Standby(
                server(timeline),
                new Lsn(position),
                new Lsn(position),
                new Upstream.None(),
                LocalPostgres.WalReceiver.NOT_STREAMING,
                LocalPostgres.Replay.RUNNING);
    }

    static LocalPostgres.Standby toldToPromote() {
        LocalPostgres.Standby standby = standby(1000, 1);
        return new LocalPostgres.Standby(
                standby.server(),
                standby.received(),
                standby.replayed(),
                standby.upstream(),
                standby.walReceiver(),
                LocalPostgres.Replay.PROMOTING);
    }

    static LocalPostgres.Primary primary(int timeline, String syncNames, WalSender... senders) {
        return new LocalPostgres.Primary(
                server(timeline),
                new Lsn(1000),
                Arrays.asList(senders),
                syncNames,
                control(ControlFacts.State.IN_PRODUCTION, timeline));
    }

    static LocalPostgres stopped(ControlFacts.State state, int timeline) {
        LocalPostgres.StartsAs as =
                state == ControlFacts.State.SHUT_DOWN_IN_RECOVERY
                                || state == ControlFacts.State.IN_ARCHIVE_RECOVERY
                        ? LocalPostgres.StartsAs.STANDBY
                        : LocalPostgres.StartsAs.PRIMARY;
        return new LocalPostgres.Stopped(control(state, timeline), as);
    }

    static WalSender sender(String name, String syncState, long flushed) {
        Optional<Lsn> lsn = Optional.of(new Lsn(flushed));
        return new WalSender("replicator", name, "", "streaming", syncState, 1, lsn, lsn, lsn);
    }

    static History history(int timeline, long switchpoint) {
        List<History.Line> lines = new ArrayList<>();
        for (int i = 1; i < timeline; i++) {
            lines.add(
                    new History.Line(
                            new Timeline(i),
                            new Lsn(switchpoint),
                            "no recovery target specified",
                            Optional.empty(),
                            Optional.empty()));
        }
        return new History(History.Presence.PRESENT, lines);
    }

    /// Of a cluster whose latest timeline began with the promotion of that member.
    static History historyOf(int timeline, String promoted) {
        List<History.Line> lines = new ArrayList<>(history(timeline, 1000).lines());
        History.Line last = lines.removeLast();
        lines.add(
                new History.Line(
                        last.timeline(),
                        last.switchpoint(),
                        last.reason(),
                        last.timestamp(),
                        Optional.of(promoted)));
        return new History(History.Presence.PRESENT, lines);
    }

    static List<MemberName> names(String... names) {
        return Arrays.stream(names).map(MemberName::new).toList();
    }
}
