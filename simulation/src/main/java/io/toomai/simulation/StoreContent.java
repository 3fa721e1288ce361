package io.toomai.simulation;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.cluster.History;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.Status;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.model.MemberName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The documents of the model store, as they are and as they were a while ago.
final class StoreContent {
    private static final int REMEMBERED = 40;

    /// All documents at one version.
    ///
    /// @param at milliseconds
    /// @param renewal revision of the leader's latest renewal then
    /// @param leader the session that held the leader key
    record Snapshot(
            int version, long at, ClusterView view, long renewal, Optional<StoreSession> leader) {}

    private final Agenda agenda;
    private final Deque<Snapshot> past = new ArrayDeque<>();
    private final List<Consumer<String>> watchers = new ArrayList<>();
    private ClusterView now = ClusterView.EMPTY;
    private Optional<StoreSession> leader = Optional.empty();
    private Optional<MemberName> leaderName = Optional.empty();
    private long revision;
    private int version;
    private long renewal;

    StoreContent(Agenda agenda) {
        this.agenda = agenda;
        past.add(new Snapshot(0, 0, now, renewal, leader));
    }

    ClusterView now() {
        return now;
    }

    int version() {
        return version;
    }

    /// The session that holds the leader key.
    Optional<StoreSession> leader() {
        return leader;
    }

    Optional<MemberName> leaderName() {
        return leaderName;
    }

    long nextRevision() {
        return ++revision;
    }

    long renewed() {
        renewal = nextRevision();
        return renewal;
    }

    /// Calls with the name of each key that changes.
    void watch(Consumer<String> watcher) {
        watchers.add(watcher);
    }

    // ---- reading

    Snapshot newest() {
        return new Snapshot(version, agenda.now(), now, renewal, leader);
    }

    /// What a server that lags since `asOf` shows to a session that has seen `seen`.
    Snapshot lagging(long asOf, int seen) {
        Snapshot chosen = past.getLast();
        for (Iterator<Snapshot> i = past.descendingIterator(); i.hasNext(); ) {
            chosen = i.next();
            if (chosen.at() <= asOf || chosen.version() <= seen) {
                break;
            }
        }
        return chosen.version() == version ? newest() : chosen;
    }

    // ---- writing

    void leader(LeaderKey next, Optional<StoreSession> holder) {
        leader = holder;
        leaderName = holder.map(s -> s.owner);
        change(withLeader(now, next), "leader");
    }

    void initialize(Initialize next) {
        change(
                new ClusterView(
                        next,
                        now.config(),
                        now.leader(),
                        now.members(),
                        now.failover(),
                        now.sync(),
                        now.status(),
                        now.history(),
                        now.failsafe()),
                "initialize");
    }

    void config(String next) {
        change(
                new ClusterView(
                        now.initialize(),
                        Optional.of(new Versioned<>(next, nextRevision())),
                        now.leader(),
                        now.members(),
                        now.failover(),
                        now.sync(),
                        now.status(),
                        now.history(),
                        now.failsafe()),
                "config");
    }

    void members(List<Member> next) {
        change(
                new ClusterView(
                        now.initialize(),
                        now.config(),
                        now.leader(),
                        next,
                        now.failover(),
                        now.sync(),
                        now.status(),
                        now.history(),
                        now.failsafe()),
                "members");
    }

    void failover(Optional<FailoverRequest> next) {
        change(
                new ClusterView(
                        now.initialize(),
                        now.config(),
                        now.leader(),
                        now.members(),
                        next.map(request -> new Versioned<>(request, nextRevision())),
                        now.sync(),
                        now.status(),
                        now.history(),
                        now.failsafe()),
                "failover");
    }

    void sync(SyncState next) {
        change(
                new ClusterView(
                        now.initialize(),
                        now.config(),
                        now.leader(),
                        now.members(),
                        now.failover(),
                        new Versioned<>(next, nextRevision()),
                        now.status(),
                        now.history(),
                        now.failsafe()),
                "sync");
    }

    void status(Status next) {
        change(
                new ClusterView(
                        now.initialize(),
                        now.config(),
                        now.leader(),
                        now.members(),
                        now.failover(),
                        now.sync(),
                        next,
                        now.history(),
                        now.failsafe()),
                "status");
    }

    void history(History next) {
        change(
                new ClusterView(
                        now.initialize(),
                        now.config(),
                        now.leader(),
                        now.members(),
                        now.failover(),
                        now.sync(),
                        now.status(),
                        next,
                        now.failsafe()),
                "history");
    }

    void failsafe(FailsafeMembers next) {
        change(
                new ClusterView(
                        now.initialize(),
                        now.config(),
                        now.leader(),
                        now.members(),
                        now.failover(),
                        now.sync(),
                        now.status(),
                        now.history(),
                        new Versioned<>(next, nextRevision())),
                "failsafe");
    }

    static ClusterView withLeader(ClusterView view, LeaderKey leader) {
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

    private void change(ClusterView next, String key) {
        now = next;
        version++;
        past.add(newest());
        while (past.size() > REMEMBERED) {
            past.removeFirst();
        }
        watchers.forEach(w -> w.accept(key));
    }
}
