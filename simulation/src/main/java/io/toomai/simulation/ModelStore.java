package io.toomai.simulation;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.History;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.Status;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.ha.Command;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/// A linearizable store with sessions, as ZooKeeper is: one order of changes, requests of a session
/// in the order sent, a request may be carried out though its sender has given up, a read may come
/// from a server that lags but never goes back within a session and sees its own answered writes.
///
/// A session counts as heard from when a request arrives, but the store may learn that up to a
/// quarter of a second later; only the request *before* is certainly counted. During an outage
/// nothing expires, and after it every session starts afresh.
final class ModelStore {
    /// One process's session.
    static final class Session {
        final MemberName owner;
        private long heard;
        private long lastSent;
        private long arrival;
        private int seen;
        private boolean alive = true;

        Session(MemberName owner, long now) {
            this.owner = owner;
            this.heard = now;
            this.lastSent = now;
        }
    }

    /// What came back.
    sealed interface Reply<T> {
        record Answer<T>(T value) implements Reply<T> {}

        record Expired<T>() implements Reply<T> {}

        record Silence<T>() implements Reply<T> {}
    }

    private record Snapshot(
            int version, long at, ClusterView view, long renewal, Optional<Session> leader) {}

    /// What a read brings.
    ///
    /// @param renewal revision of the leader's latest renewal
    record Seen(ClusterView cluster, long renewal) {}

    private final World world;
    private final Agenda agenda;
    private final long ttl;
    private final Deque<Snapshot> past = new ArrayDeque<>();
    private final List<Consumer<String>> watchers = new ArrayList<>();
    private final Map<MemberName, Session> memberSessions = new TreeMap<>();
    private ClusterView now = ClusterView.EMPTY;
    private Optional<Session> leaderSession = Optional.empty();
    private long revision;
    private int version;
    private long outageUntil;
    private long renewal;
    private long lastTerm = LeaderKey.UNKNOWN_TERM;
    private final List<LongConsumer> renewalWatchers = new ArrayList<>();

    ModelStore(World world, long ttl) {
        this.world = world;
        this.agenda = world.agenda();
        this.ttl = ttl;
        past.add(new Snapshot(0, 0, now, 0, leaderSession));
    }

    // ---- as a member sees it

    /// Sends a request; `then` happens in the caller's process, once.
    <T> void call(
            Session session,
            ModelProcess caller,
            Order order,
            Supplier<T> request,
            Consumer<Reply<T>> then) {
        boolean[] done = {false};
        long sent = agenda.now();
        Consumer<Reply<T>> once =
                reply -> {
                    if (!done[0]) {
                        done[0] = true;
                        then.accept(reply);
                    }
                };
        caller.after(world.scenario().loopWait(), () -> once.accept(new Reply.Silence<>()));
        int asker = caller.life();
        // Own writes are certainly seen only once their answer has come.
        Delivery<T> deliver =
                (reply, wrote) -> {
                    Runnable arrival =
                            caller.inLife(
                                    asker,
                                    () -> {
                                        session.seen = Math.max(session.seen, wrote);
                                        once.accept(reply);
                                    });
                    agenda.in(
                            world.network().answerDelay(session.owner.value()),
                            () -> {
                                if (world.network().reaches(Network.STORE, session.owner.value())) {
                                    arrival.run();
                                }
                            });
                };
        agenda.in(travel(session, order, sent), () -> arrive(session, sent, request, deliver));
    }

    private long travel(Session session, Order order, long sent) {
        return switch (order) {
            case AS_SENT -> {
                session.arrival = Math.max(session.arrival, sent + world.network().delay());
                yield session.arrival - sent;
            }
            case ALONE -> world.network().aloneDelay(session.owner.value());
        };
    }

    /// Whether a request keeps its place among those of its session.
    enum Order {
        AS_SENT,
        /// It travels by itself, as in a store whose leases do not order requests.
        ALONE
    }

    private interface Delivery<T> {
        void accept(Reply<T> reply, int wrote);
    }

    private <T> void arrive(Session session, long sent, Supplier<T> request, Delivery<T> deliver) {
        if (isOut() || !world.network().reaches(session.owner.value(), Network.STORE)) {
            return;
        }
        if (!session.alive) {
            deliver.accept(new Reply.Expired<>(), 0);
            return;
        }
        long at = agenda.now();
        session.heard = Math.max(session.heard, session.lastSent);
        session.lastSent = sent;
        agenda.in(
                world.chance().between(0, 250), () -> session.heard = Math.max(session.heard, at));
        int before = version;
        T answer = request.get();
        int mine = version == before ? 0 : version;
        deliver.accept(new Reply.Answer<>(answer), mine);
    }

    Session open(MemberName owner) {
        Session session = new Session(owner, agenda.now());
        watchExpiry(session);
        return session;
    }

    void watch(Consumer<String> watcher) {
        watchers.add(watcher);
    }

    // ---- requests; to be used inside `call`

    Seen read(Session session, Scenario.Reads mode) {
        Snapshot chosen = past.getLast();
        if (mode == Scenario.Reads.LOCAL && world.chance().once(3)) {
            long asOf = agenda.now() - world.chance().delay(100, 1500, 5);
            for (Iterator<Snapshot> i = past.descendingIterator(); i.hasNext(); ) {
                chosen = i.next();
                if (chosen.at() <= asOf || chosen.version() <= session.seen) {
                    break;
                }
            }
        }
        session.seen = Math.max(session.seen, chosen.version());
        ClusterView view = chosen.view();
        boolean own = chosen.leader().filter(s -> s == session).isPresent();
        boolean newest = chosen.version() == version;
        return new Seen(
                own && view.leader() instanceof LeaderKey.HeldBy held
                        ? with(
                                view,
                                new LeaderKey.HeldBy(
                                        held.leader(),
                                        held.revision(),
                                        LeaderKey.Ownership.THIS_PROCESS))
                        : view,
                newest ? renewal : chosen.renewal());
    }

    /// Whether the session still leads; if so, everybody can see that it lives.
    boolean renew(Session session) {
        if (owns(session)) {
            renewal = ++revision;
            renewalWatchers.forEach(w -> w.accept(renewal));
        }
        return owns(session);
    }

    void watchRenewals(LongConsumer watcher) {
        renewalWatchers.add(watcher);
    }

    /// The takeover transaction (design §5, step 4).
    boolean takeOver(Session session, Command.TakeOver asked) {
        boolean term = lastTerm == asked.term();
        boolean sync = now.sync().revision() == asked.syncRevision();
        if (!term || (!sync && !world.is(Mutant.TAKEOVER_IGNORES_SYNC))) {
            return false;
        }
        world.tell(session.owner.value(), "takes the key from " + leader());
        leaderSession = Optional.of(session);
        sync(asked.sync());
        change(
                with(
                        now,
                        new LeaderKey.HeldBy(
                                session.owner, nextTerm(), LeaderKey.Ownership.ANOTHER_PROCESS)),
                "leader");
        world.checker().tookOver(session.owner);
        return true;
    }

    boolean acquire(Session session) {
        if (now.leader() instanceof LeaderKey.HeldBy held && !held.leader().equals(session.owner)) {
            return false;
        }
        if (!owns(session)) {
            leaderSession = Optional.of(session);
            change(
                    with(
                            now,
                            new LeaderKey.HeldBy(
                                    session.owner,
                                    nextTerm(),
                                    LeaderKey.Ownership.ANOTHER_PROCESS)),
                    "leader");
            world.checker().leaderIs(session.owner);
        }
        return true;
    }

    private long nextTerm() {
        lastTerm = ++revision;
        return lastTerm;
    }

    boolean owns(Session session) {
        return leaderSession.filter(s -> s == session).isPresent();
    }

    boolean release(Session session, Optional<FailoverRequest> handOver, Optional<Lsn> optime) {
        if (!owns(session)) {
            return false;
        }
        handOver.ifPresent(this::ask);
        optime.ifPresent(lsn ->
                writeStatus(
                        session,
                        new Status(lsn, now.status().slots(), now.status().retainSlots())));
        leaderSession = Optional.empty();
        change(with(now, new LeaderKey.Vacant(lastTerm)), "leader");
        return true;
    }

    boolean writeSync(Session session, SyncState state, Optional<Long> expected) {
        if (!owns(session) || expected.filter(r -> r != now.sync().revision()).isPresent()) {
            return false;
        }
        sync(state);
        return true;
    }

    private void sync(SyncState state) {
        change(
                new ClusterView(
                        now.initialize(),
                        now.config(),
                        now.leader(),
                        now.members(),
                        now.failover(),
                        new Versioned<>(state, ++revision),
                        now.status(),
                        now.history()),
                "sync");
        world.checker().syncIs(state);
        world.director().syncIs(state);
    }

    boolean writeStatus(Session session, Status status) {
        if (!owns(session)) {
            return false;
        }
        change(
                new ClusterView(
                        now.initialize(),
                        now.config(),
                        now.leader(),
                        now.members(),
                        now.failover(),
                        now.sync(),
                        status,
                        now.history()),
                "status");
        return true;
    }

    boolean writeHistory(Session session, History history) {
        if (!owns(session)) {
            return false;
        }
        change(
                new ClusterView(
                        now.initialize(),
                        now.config(),
                        now.leader(),
                        now.members(),
                        now.failover(),
                        now.sync(),
                        now.status(),
                        history),
                "history");
        return true;
    }

    boolean writeInitialize(Optional<Initialize> value, Initialize unless) {
        Initialize next = value.orElse(new Initialize.Never());
        if (now.initialize().getClass() == unless.getClass()) {
            return false;
        }
        change(
                new ClusterView(
                        next,
                        now.config(),
                        now.leader(),
                        now.members(),
                        now.failover(),
                        now.sync(),
                        now.status(),
                        now.history()),
                "initialize");
        return true;
    }

    /// @param config text; the model knows `paused` and `running`
    boolean writeConfig(String config) {
        change(
                new ClusterView(
                        now.initialize(),
                        Optional.of(new Versioned<>(config, ++revision)),
                        now.leader(),
                        now.members(),
                        now.failover(),
                        now.sync(),
                        now.status(),
                        now.history()),
                "config");
        return true;
    }

    boolean ask(FailoverRequest request) {
        return failover(Optional.of(new Versioned<>(request, ++revision)));
    }

    boolean clearFailover(long expected) {
        if (now.failover().filter(f -> f.revision() == expected).isEmpty()) {
            return false;
        }
        return failover(Optional.empty());
    }

    private boolean failover(Optional<Versioned<FailoverRequest>> next) {
        change(
                new ClusterView(
                        now.initialize(),
                        now.config(),
                        now.leader(),
                        now.members(),
                        next,
                        now.sync(),
                        now.status(),
                        now.history()),
                "failover");
        return true;
    }

    boolean publish(Session session, Member member) {
        memberSessions.put(member.name(), session);
        Optional<Member> old = now.member(member.name());
        if (old.filter(member::equals).isEmpty()) {
            List<Member> members = new ArrayList<>(now.members());
            members.removeIf(m -> m.name().equals(member.name()));
            members.add(member);
            change(members(members), "members");
        }
        return true;
    }

    // ---- the world's side

    ClusterView truth() {
        return now;
    }

    Optional<MemberName> leader() {
        return leaderSession.map(s -> s.owner);
    }

    boolean isOut() {
        return agenda.now() < outageUntil;
    }

    /// Loses its quorum; afterwards nobody has been silent.
    void outage(long millis) {
        outageUntil = Math.max(outageUntil, agenda.now() + millis);
    }

    void endOutage() {
        outageUntil = agenda.now();
    }

    private void watchExpiry(Session session) {
        agenda.in(Math.max(1, session.heard + ttl - agenda.now()), () -> expire(session));
    }

    private void expire(Session session) {
        if (!session.alive) {
            return;
        }
        if (isOut()) {
            agenda.in(
                    outageUntil - agenda.now(),
                    () -> {
                        session.heard = agenda.now();
                        watchExpiry(session);
                    });
            return;
        }
        // An outage that is over has started every session afresh.
        session.heard = Math.max(session.heard, Math.min(outageUntil, agenda.now()));
        if (agenda.now() < session.heard + ttl) {
            watchExpiry(session);
            return;
        }
        end(session);
    }

    /// Its ephemeral keys vanish.
    void end(Session session) {
        session.alive = false;
        if (memberSessions.remove(session.owner, session)) {
            change(
                    members(
                            now.members().stream()
                                    .filter(m -> !m.name().equals(session.owner))
                                    .toList()),
                    "members");
        }
        if (owns(session)) {
            leaderSession = Optional.empty();
            world.tell(session.owner.value(), "the store lets the leader key expire");
            change(with(now, new LeaderKey.Vacant(lastTerm)), "leader");
        }
    }

    private void change(ClusterView next, String key) {
        now = next;
        version++;
        past.add(new Snapshot(version, agenda.now(), now, renewal, leaderSession));
        while (past.size() > 40) {
            past.removeFirst();
        }
        watchers.forEach(w -> w.accept(key));
    }

    private ClusterView members(List<Member> members) {
        return new ClusterView(
                now.initialize(),
                now.config(),
                now.leader(),
                members,
                now.failover(),
                now.sync(),
                now.status(),
                now.history());
    }

    private static ClusterView with(ClusterView view, LeaderKey leader) {
        return new ClusterView(
                view.initialize(),
                view.config(),
                leader,
                view.members(),
                view.failover(),
                view.sync(),
                view.status(),
                view.history());
    }
}
