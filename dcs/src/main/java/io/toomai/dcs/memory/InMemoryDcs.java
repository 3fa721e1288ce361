package io.toomai.dcs.memory;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey.Ownership;
import io.toomai.core.ha.Renewal;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.RenewalSightings;
import io.toomai.dcs.WriteResult;
import io.toomai.dcs.document.ClusterDocuments;
import io.toomai.dcs.document.RawKey;
import io.toomai.dcs.memory.InMemoryStore.Entry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// One process's access to an [InMemoryStore]. Its session is renewed by every call and starts anew
/// when it ran out; dropping the object without `close` is a process that died. Thread-safe.
public final class InMemoryDcs implements Dcs {
    private static final String LEADER = ClusterDocuments.LEADER;

    private final InMemoryStore store;
    private final MemberName member;
    private final RenewalSightings renewals;
    private volatile Duration ttl;
    private volatile Life life = Life.OPEN;

    /// Guarded by the store's step.
    private long session;

    private enum Life {
        OPEN,
        CLOSED
    }

    public InMemoryDcs(InMemoryStore store, MemberName member, Duration ttl) {
        this.store = store;
        this.member = member;
        this.ttl = ttl;
        this.renewals = new RenewalSightings(store::now);
        store.hearHeartbeats(member, renewals::seen);
    }

    @Override
    public ClusterView read(ReadMode mode, Duration timeout) {
        return step(() -> {
            sawRenewal();
            Map<String, RawKey> raw = new TreeMap<>();
            store.entries()
                    .forEach((path, entry) ->
                            raw.put(
                                    path,
                                    new RawKey(entry.value(), entry.revision(), ownership(entry))));
            return ClusterDocuments.assemble(raw, store.lastTerm());
        });
    }

    @Override
    public LeaderResult acquireLeader(Duration timeout) {
        MonoTime sent = store.now();
        return step(() -> {
            Optional<Entry> entry = store.entry(LEADER);
            if (entry.isPresent() && entry.get().session() == session) {
                store.beat(member.value());
                return new LeaderResult.Held(sent);
            }
            if (entry.isEmpty() || entry.get().value().equals(member.value())) {
                take();
                return new LeaderResult.Held(sent);
            }
            return new LeaderResult.Refused(holder(entry));
        });
    }

    private void take() {
        store.remove(LEADER);
        store.put(LEADER, member.value(), session);
        store.beat(member.value());
    }

    @Override
    public boolean canTakeOver() {
        return true;
    }

    @Override
    public LeaderResult takeOver(Takeover takeover, Duration timeout) {
        MonoTime sent = store.now();
        return step(() -> {
            Optional<Entry> key = store.entry(LEADER);
            Optional<Entry> sync = store.entry(DcsKey.SYNC.path());
            boolean same =
                    key.map(e -> keepsTerm(e) && e.revision() == takeover.term())
                                    .orElseGet(() -> store.lastTerm() == takeover.term())
                            && sync.filter(e -> e.revision() == takeover.syncRevision())
                                    .isPresent();
            if (!same) {
                return new LeaderResult.Refused(holder(key));
            }
            take();
            takeover.sync().ifPresent(text -> store.put(DcsKey.SYNC.path(), text, 0));
            return new LeaderResult.Held(sent);
        });
    }

    /// A leader key without a session was planted: it stands for that of a member of Patroni.
    private static boolean keepsTerm(Entry leader) {
        return leader.session() != 0;
    }

    private void sawRenewal() {
        boolean renews = store.entry(LEADER).filter(InMemoryDcs::keepsTerm).isPresent();
        renewals.read(
                store.entry(ClusterDocuments.HEARTBEAT)
                        .filter(_ -> renews)
                        .map(beat -> OptionalLong.of(beat.revision()))
                        .orElse(OptionalLong.empty()));
    }

    @Override
    public Optional<Renewal> renewal() {
        return renewals.renewal();
    }

    @Override
    public LeaderResult renewLeader(Duration timeout) {
        MonoTime sent = store.now();
        return step(() -> {
            if (!holdsLeader()) {
                return new LeaderResult.Refused(holder(store.entry(LEADER)));
            }
            store.beat(member.value());
            return new LeaderResult.Held(sent);
        });
    }

    @Override
    public boolean releaseLeader(List<Write> before, Duration timeout) {
        return step(() -> {
            if (!holdsLeader()) {
                return false;
            }
            before.forEach(write -> store.put(write.key().path(), write.value(), 0));
            store.remove(LEADER);
            return true;
        });
    }

    @Override
    public void publishMember(String json, Duration timeout) {
        step(() -> {
            Optional<Entry> entry = store.entry(memberPath());
            boolean same =
                    entry.filter(e -> e.session() == session && e.value().equals(json)).isPresent();
            return same ? session : store.put(memberPath(), json, session);
        });
    }

    @Override
    public void withdrawMember(Duration timeout) {
        step(() -> {
            store.remove(memberPath());
            return session;
        });
    }

    @Override
    public WriteResult write(DcsKey key, String value, Expect expect, Duration timeout) {
        return step(() -> writeNow(key, value, expect));
    }

    @Override
    public WriteResult writeAsLeader(DcsKey key, String value, Expect expect, Duration timeout) {
        return step(
                () -> holdsLeader() ? writeNow(key, value, expect) : new WriteResult.Conflict());
    }

    @Override
    public WriteResult delete(DcsKey key, Expect expect, Duration timeout) {
        return step(() -> {
            Optional<Entry> entry = store.entry(key.path());
            if (entry.isEmpty()) {
                return new WriteResult.Written(ClusterView.NO_REVISION);
            }
            if (!holds(expect, entry)) {
                return new WriteResult.Conflict();
            }
            store.remove(key.path());
            return new WriteResult.Written(ClusterView.NO_REVISION);
        });
    }

    @Override
    public void watch(Consumer<DcsEvent> listener) {
        store.listen(
                member,
                event -> {
                    if (life == Life.OPEN) {
                        listener.accept(event);
                    }
                });
    }

    @Override
    public void changeTtl(Duration wanted) {
        ttl = wanted;
    }

    @Override
    public Duration grantedTtl() {
        return ttl;
    }

    /// The process dies without a word: its session runs out in the store.
    public void abandon() {
        life = Life.CLOSED;
    }

    /// The store forgets this process's session at once, as after a long pause.
    public void loseSession() {
        store.endSession(session);
    }

    @Override
    public void close() {
        if (life == Life.OPEN) {
            life = Life.CLOSED;
            store.endSession(session);
        }
    }

    private <T> T step(Supplier<T> body) {
        if (life == Life.CLOSED) {
            throw new DcsException(
                    DcsException.Code.DCS_CONNECTION,
                    "the in-memory store was closed by member " + member);
        }
        return store.atomically(
                member,
                () -> {
                    session = store.session(session, ttl);
                    return body.get();
                });
    }

    private WriteResult writeNow(DcsKey key, String value, Expect expect) {
        return holds(expect, store.entry(key.path()))
                ? new WriteResult.Written(store.put(key.path(), value, 0))
                : new WriteResult.Conflict();
    }

    private static boolean holds(Expect expect, Optional<Entry> entry) {
        return switch (expect) {
            case Expect.Anything _ -> true;
            case Expect.Absent _ -> entry.isEmpty();
            case Expect.Revision(long revision) ->
                    entry.map(Entry::revision).orElse(ClusterView.NO_REVISION) == revision;
        };
    }

    private boolean holdsLeader() {
        return store.entry(LEADER).filter(e -> e.session() == session).isPresent();
    }

    private Ownership ownership(Entry entry) {
        return entry.session() == session ? Ownership.THIS_PROCESS : Ownership.ANOTHER_PROCESS;
    }

    private static Optional<MemberName> holder(Optional<Entry> entry) {
        return entry.map(Entry::value)
                .filter(name -> !name.isBlank() && name.indexOf('/') < 0)
                .map(MemberName::new);
    }

    private String memberPath() {
        return ClusterDocuments.MEMBERS + member.value();
    }
}
