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
import io.toomai.core.ha.Command;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/// A linearizable store with sessions, as ZooKeeper is: one order of changes, requests of a session
/// in the order sent, a read may come from a server that lags but never goes back within a session
/// and sees its own answered writes. This file is what a request does; [StoreLine] is how it gets
/// here, [StoreSessions] how long a session lives, [StoreContent] what is stored.
final class ModelStore {
    /// What a read brings.
    ///
    /// @param renewal revision of the leader's latest renewal
    record Seen(ClusterView cluster, long renewal) {}

    private final World world;
    private final Agenda agenda;
    private final StoreContent content;
    private final StoreSessions sessions;
    private final StoreLine line;
    private final List<LongConsumer> renewalWatchers = new ArrayList<>();
    private long lastTerm = LeaderKey.UNKNOWN_TERM;
    private Optional<MemberName> lastHolder = Optional.empty();

    ModelStore(World world) {
        this.world = world;
        this.agenda = world.agenda();
        this.content = new StoreContent(agenda);
        this.sessions = new StoreSessions(world, content, _ -> vacate());
        this.line = new StoreLine(world, content, sessions);
    }

    // ---- as a member sees it

    /// Sends a request; `then` happens in the caller's process, once or never.
    <T> void call(
            StoreSession session,
            ModelProcess caller,
            StoreLine.Order order,
            Supplier<T> request,
            Consumer<StoreLine.Reply<T>> then) {
        line.call(session, caller, order, request, then);
    }

    StoreSession open(MemberName owner) {
        return sessions.open(owner);
    }

    void end(StoreSession session) {
        sessions.end(session);
    }

    void watch(Consumer<String> watcher) {
        content.watch(watcher);
    }

    void watchRenewals(LongConsumer watcher) {
        renewalWatchers.add(watcher);
    }

    // ---- requests; to be used inside `call`

    Seen read(StoreSession session, Scenario.Reads mode) {
        StoreContent.Snapshot chosen =
                mode == Scenario.Reads.LOCAL && world.chance().once(3)
                        ? content.lagging(
                                agenda.now() - world.chance().delay(100, 1500, 5), session.seen)
                        : content.newest();
        session.seen = Math.max(session.seen, chosen.version());
        ClusterView view = chosen.view();
        boolean own = chosen.leader().filter(s -> s == session).isPresent();
        return new Seen(
                own && view.leader() instanceof LeaderKey.HeldBy held
                        ? StoreContent.withLeader(
                                view,
                                new LeaderKey.HeldBy(
                                        held.leader(),
                                        held.revision(),
                                        LeaderKey.Ownership.THIS_PROCESS))
                        : view,
                chosen.renewal());
    }

    /// Whether the session still leads; if so, everybody can see that it lives.
    boolean renew(StoreSession session) {
        if (owns(session)) {
            long renewal = content.renewed();
            renewalWatchers.forEach(w -> w.accept(renewal));
        }
        return owns(session);
    }

    /// The takeover transaction (design §5, step 4).
    boolean takeOver(StoreSession session, Command.TakeOver asked) {
        boolean term = lastTerm == asked.term();
        boolean sync = content.now().sync().revision() == asked.syncRevision();
        if ((!term && !world.is(Mutant.TAKEOVER_IGNORES_TERM))
                || (!sync && !world.is(Mutant.TAKEOVER_IGNORES_SYNC))) {
            return false;
        }
        world.tell(session.owner.value(), "takes the key from " + leader());
        sync(asked.sync());
        lead(session);
        world.checker().tookOver(session.owner);
        return true;
    }

    boolean acquire(StoreSession session) {
        if (content.now().leader() instanceof LeaderKey.HeldBy held
                && !held.leader().equals(session.owner)) {
            return false;
        }
        if (!owns(session)) {
            lead(session);
            world.checker().leaderIs(session.owner);
        }
        return true;
    }

    private void lead(StoreSession session) {
        lastTerm = content.nextRevision();
        lastHolder = Optional.of(session.owner);
        content.leader(
                new LeaderKey.HeldBy(session.owner, lastTerm, LeaderKey.Ownership.ANOTHER_PROCESS),
                Optional.of(session));
    }

    private void vacate() {
        content.leader(new LeaderKey.Vacant(lastTerm, lastHolder), Optional.empty());
    }

    boolean owns(StoreSession session) {
        return content.leader().filter(s -> s == session).isPresent();
    }

    boolean release(
            StoreSession session, Optional<FailoverRequest> handOver, Optional<Lsn> optime) {
        if (!owns(session)) {
            return false;
        }
        handOver.ifPresent(this::ask);
        Status status = content.now().status();
        optime.ifPresent(
                lsn -> content.status(new Status(lsn, status.slots(), status.retainSlots())));
        vacate();
        return true;
    }

    boolean writeSync(StoreSession session, SyncState state, Optional<Long> expected) {
        if (!owns(session)
                || expected.filter(r -> r != content.now().sync().revision()).isPresent()) {
            return false;
        }
        sync(state);
        return true;
    }

    private void sync(SyncState state) {
        content.sync(state);
        world.checker().syncIs(state);
        world.director().syncIs(state);
    }

    boolean writeStatus(StoreSession session, Status status) {
        boolean leads = owns(session);
        if (leads) {
            content.status(status);
        }
        return leads;
    }

    boolean writeHistory(StoreSession session, History history) {
        boolean leads = owns(session);
        if (leads) {
            content.history(history);
        }
        return leads;
    }

    boolean writeFailsafe(StoreSession session, FailsafeMembers members, long expected) {
        if (!owns(session) || content.now().failsafe().revision() != expected) {
            return false;
        }
        content.failsafe(members);
        return true;
    }

    boolean writeInitialize(Optional<Initialize> value, Initialize unless) {
        if (content.now().initialize().getClass() == unless.getClass()) {
            return false;
        }
        content.initialize(value.orElse(new Initialize.Never()));
        return true;
    }

    /// @param config text; the model knows `paused`, `standby` and `running`
    boolean writeConfig(String config) {
        world.checker().configIs(config);
        content.config(config);
        return true;
    }

    boolean ask(FailoverRequest request) {
        content.failover(Optional.of(request));
        return true;
    }

    boolean clearFailover(long expected) {
        boolean there = content.now().failover().filter(f -> f.revision() == expected).isPresent();
        if (there) {
            content.failover(Optional.empty());
        }
        return there;
    }

    boolean publish(StoreSession session, Member member) {
        sessions.bind(member.name(), session);
        Optional<Member> old = content.now().member(member.name());
        if (old.filter(member::equals).isEmpty()) {
            List<Member> members = new ArrayList<>(content.now().members());
            members.removeIf(m -> m.name().equals(member.name()));
            members.add(member);
            content.members(members);
        }
        return true;
    }

    // ---- the world's side

    ClusterView truth() {
        return content.now();
    }

    Optional<MemberName> leader() {
        return content.leaderName();
    }

    /// Loses its quorum; afterwards nobody has been silent.
    void outage(long millis) {
        sessions.outage(millis);
    }

    void endOutage() {
        sessions.endOutage();
    }
}
