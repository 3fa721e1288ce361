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
    private Initialize initialize = now.initialize();
    private Optional<Versioned<String>> config = now.config();
    private LeaderKey key = now.leader();
    private List<Member> members = now.members();
    private Optional<Versioned<FailoverRequest>> failover = now.failover();
    private Versioned<SyncState> sync = now.sync();
    private Status status = now.status();
    private History history = now.history();
    private Versioned<FailsafeMembers> failsafe = now.failsafe();
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
        key = next;
        changed("leader");
    }

    void initialize(Initialize next) {
        initialize = next;
        changed("initialize");
    }

    void config(String next) {
        config = Optional.of(new Versioned<>(next, nextRevision()));
        changed("config");
    }

    void members(List<Member> next) {
        members = next;
        changed("members");
    }

    void failover(Optional<FailoverRequest> next) {
        failover = next.map(request -> new Versioned<>(request, nextRevision()));
        changed("failover");
    }

    void sync(SyncState next) {
        sync = new Versioned<>(next, nextRevision());
        changed("sync");
    }

    void status(Status next) {
        status = next;
        changed("status");
    }

    void history(History next) {
        history = next;
        changed("history");
    }

    void failsafe(FailsafeMembers next) {
        failsafe = new Versioned<>(next, nextRevision());
        changed("failsafe");
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

    private void changed(String document) {
        now =
                new ClusterView(
                        initialize,
                        config,
                        key,
                        members,
                        failover,
                        sync,
                        status,
                        history,
                        failsafe);
        version++;
        past.add(newest());
        while (past.size() > REMEMBERED) {
            past.removeFirst();
        }
        watchers.forEach(w -> w.accept(document));
    }
}
