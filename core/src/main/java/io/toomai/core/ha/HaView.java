package io.toomai.core.ha;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Everything one decision may look at. Gathered in one pass, never changed afterwards.
///
/// @param now when gathering ended; commands are guarded against this growing old
/// @param wallClock only for what operators scheduled; never for leases
/// @param punctuality whether the loop woke when it meant to (style.md §2.1)
/// @param peers answers of the other members; empty where [PeerPolling] saw no need to ask
/// @param hearing what is heard of the other members' heartbeats, by name
/// @param renewal the leader's latest renewal, where the store shows renewals
/// @param pledge this node's durable pledge
/// @param postgresSeen when the look at PostgreSQL ended; the store may have taken longer
/// @param serving whether the local primary serves its clients
/// @param failsafe what this node may count on, and owes, while the store is away
/// @param proxies that are connected to this node, where it leads
/// @param remote what the server that a standby cluster follows says of itself
/// @param configuration whether the running server has the configuration that we would render now
public record HaView(
        MonoTime now,
        Instant wallClock,
        Punctuality punctuality,
        LocalNode node,
        HaSettings settings,
        StoreReading store,
        Lease lease,
        LocalPostgres postgres,
        MonoTime postgresSeen,
        List<PeerStatus> peers,
        List<Hearing> hearing,
        Optional<Renewal> renewal,
        Optional<KeptPledge> pledge,
        Serving serving,
        FailsafeFacts failsafe,
        List<ProxyStanding> proxies,
        LongTask task,
        Wish wish,
        Configuration configuration,
        RemoteReading remote,
        HaMemory memory) {

    public HaView {
        peers = List.copyOf(peers);
        hearing = List.copyOf(hearing);
        proxies = List.copyOf(proxies);
    }

    /// Whether the loop woke when it meant to.
    public enum Punctuality {
        ON_TIME,
        /// The process stood still for longer than the lease allows: nothing of the old view holds.
        LATE
    }

    /// Whether files and server agree with the settings.
    public enum Configuration {
        CURRENT,
        STALE
    }

    public MemberName me() {
        return node.name();
    }

    /// The store's content, or the last one seen.
    public ClusterView cluster() {
        return switch (store) {
            case StoreReading.Answered(var cluster) -> cluster;
            case StoreReading.Unreadable(_, _, var lastSeen) -> lastSeen;
        };
    }

    /// The key is this process's *and* our guard holds the lease: only then do we lead. A key that
    /// names us from before a restart is not this process's.
    public boolean leads() {
        return lease instanceof Lease.Held
                && cluster().leader() instanceof LeaderKey.HeldBy held
                && held.leader().equals(me())
                && held.ownership() == LeaderKey.Ownership.THIS_PROCESS;
    }

    /// The holder of the leader key, when it is somebody else.
    public Optional<MemberName> otherLeader() {
        return cluster().leader() instanceof LeaderKey.HeldBy held && !held.leader().equals(me())
                ? Optional.of(held.leader())
                : Optional.empty();
    }

    public Optional<PeerStatus> peer(MemberName name) {
        return peers.stream().filter(p -> p.name().equals(name)).findFirst();
    }

    /// What is heard of that member.
    public Hearing hearing(MemberName name) {
        return hearing.stream()
                .filter(h -> h.name().equals(name))
                .findFirst()
                .orElseGet(() -> new Hearing.NeverHeard(name));
    }

    /// The same view with another hearing.
    public HaView withHearing(List<Hearing> next, Optional<Renewal> seen) {
        return new HaView(
                now,
                wallClock,
                punctuality,
                node,
                settings,
                store,
                lease,
                postgres,
                postgresSeen,
                peers,
                next,
                seen,
                pledge,
                serving,
                failsafe,
                proxies,
                task,
                wish,
                configuration,
                remote,
                memory);
    }

    /// The same view with another PostgreSQL.
    public HaView withPostgres(LocalPostgres next) {
        return new HaView(
                now,
                wallClock,
                punctuality,
                node,
                settings,
                store,
                lease,
                next,
                postgresSeen,
                peers,
                hearing,
                renewal,
                pledge,
                serving,
                failsafe,
                proxies,
                task,
                wish,
                configuration,
                remote,
                memory);
    }

    /// The same view with another memory.
    public HaView withMemory(HaMemory next) {
        return new HaView(
                now,
                wallClock,
                punctuality,
                node,
                settings,
                store,
                lease,
                postgres,
                postgresSeen,
                peers,
                hearing,
                renewal,
                pledge,
                serving,
                failsafe,
                proxies,
                task,
                wish,
                configuration,
                remote,
                next);
    }

    /// The same view with another reading of the store.
    public HaView withStore(StoreReading next) {
        return new HaView(
                now,
                wallClock,
                punctuality,
                node,
                settings,
                next,
                lease,
                postgres,
                postgresSeen,
                peers,
                hearing,
                renewal,
                pledge,
                serving,
                failsafe,
                proxies,
                task,
                wish,
                configuration,
                remote,
                memory);
    }
}
