package io.toomai.agent.loop;

import io.toomai.agent.server.LocalServer;
import io.toomai.api.peer.PeerClient;
import io.toomai.api.peer.RemoteStatus;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Member;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.PeerPolling;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.Serving;
import io.toomai.core.ha.StoreReading;
import io.toomai.core.ha.Wish;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.Timeline;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/// Takes the picture of the world, once per cycle. Each reading has its own deadline; what could
/// not be read is a value.
final class ViewGatherer implements AutoCloseable {
    /// A peer that is dead refuses at once; one that hangs must not hold up the race.
    private static final Duration PEER_PATIENCE = Duration.ofMillis(700);

    private final MemberName me;
    private final Dcs dcs;
    private final LocalServer server;
    private final PeerClient peers;
    private final Supplier<MonoTime> clock;
    private final ExecutorService readers =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("probe-", 0).factory());

    private final ServerReading local;
    private ClusterView lastSeen = ClusterView.EMPTY;
    private Optional<MonoTime> storeLostSince = Optional.empty();

    ViewGatherer(
            MemberName me,
            Dcs dcs,
            LocalServer server,
            PeerClient peers,
            Supplier<MonoTime> clock) {
        this.me = me;
        this.dcs = dcs;
        this.server = server;
        this.peers = peers;
        this.clock = clock;
        this.local = new ServerReading(server::observe, readers, clock);
    }

    /// What was read of the world outside this process.
    record Readings(
            StoreReading store,
            ServerReading.Look postgres,
            Serving serving,
            List<PeerStatus> peers) {}

    Readings gather(Wish wish, HaSettings settings, Duration storePatience)
            throws InterruptedException {
        local.begin(serving(settings));
        StoreReading store = readStore(storePatience);
        ServerReading.Look postgres = local.end();
        Serving serving = serving(settings);
        List<PeerStatus> answers =
                PeerPolling.needed(me, store, postgres.server(), serving, wish)
                                == PeerPolling.Need.ASK
                        ? askPeers(others(store))
                        : List.of();
        return new Readings(store, postgres, serving, answers);
    }

    private Serving serving(HaSettings settings) {
        return server.serving(settings.detection().probeTimeout(), settings.loopWait());
    }

    private StoreReading readStore(Duration patience) {
        try {
            ClusterView cluster = dcs.read(Dcs.ReadMode.LINEARIZABLE, patience);
            lastSeen = cluster;
            storeLostSince = Optional.empty();
            return new StoreReading.Answered(cluster);
        } catch (DcsException e) {
            MonoTime since = storeLostSince.orElseGet(clock);
            storeLostSince = Optional.of(since);
            return new StoreReading.Unreadable(String.valueOf(e.getMessage()), since, lastSeen);
        }
    }

    /// The store's content as last read, or nothing.
    static ClusterView lastKnown(StoreReading store) {
        return switch (store) {
            case StoreReading.Answered(var cluster) -> cluster;
            case StoreReading.Unreadable(_, _, var lastSeen) -> lastSeen;
        };
    }

    private List<Member> others(StoreReading store) {
        return store instanceof StoreReading.Answered(var cluster)
                ? cluster.members().stream()
                        .filter(m -> !m.name().equals(me) && !m.apiUrl().isEmpty())
                        .toList()
                : List.of();
    }

    private List<PeerStatus> askPeers(List<Member> members) {
        TreeMap<MemberName, String> urls = new TreeMap<>();
        members.forEach(m -> urls.put(m.name(), m.apiUrl()));
        return peers.askAll(urls, PEER_PATIENCE).entrySet().stream()
                .map(e -> status(e.getKey(), e.getValue()))
                .toList();
    }

    private static PeerStatus status(MemberName name, RemoteStatus answer) {
        return switch (answer) {
            case RemoteStatus.Unreachable(_, var why) -> new PeerStatus.Unreachable(name, why);
            case RemoteStatus.WithoutPostgres without ->
                    new PeerStatus.Reachable(
                            name,
                            PeerStatus.Standing.NOT_RUNNING,
                            Lsn.ZERO,
                            Timeline.UNKNOWN,
                            PeerStatus.Eligibility.NOFAILOVER,
                            without.tags().failoverPriority());
            case RemoteStatus.Reachable r ->
                    new PeerStatus.Reachable(
                            name,
                            r.standing() == RemoteStatus.Standing.PRIMARY
                                    ? PeerStatus.Standing.PRIMARY
                                    : PeerStatus.Standing.STANDBY,
                            r.position(),
                            r.timeline(),
                            r.tags().nofailover() || r.watchdog() == RemoteStatus.Watchdog.FAILED
                                    ? PeerStatus.Eligibility.NOFAILOVER
                                    : PeerStatus.Eligibility.ELIGIBLE,
                            r.tags().failoverPriority());
        };
    }

    /// Whether the loop woke when it meant to.
    static HaView.Punctuality punctuality(MonoTime planned, MonoTime woke, Duration ttl) {
        Duration late = woke.since(planned);
        return late.compareTo(ttl.dividedBy(2)) > 0
                ? HaView.Punctuality.LATE
                : HaView.Punctuality.ON_TIME;
    }

    @Override
    public void close() {
        readers.shutdownNow();
    }
}
