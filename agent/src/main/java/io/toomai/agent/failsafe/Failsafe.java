package io.toomai.agent.failsafe;

import io.toomai.agent.lease.LeaseGuard;
import io.toomai.api.Node.FailsafeAnswer;
import io.toomai.api.Node.FailsafeCall;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.ConnectionUrl;
import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.ha.FailsafeFacts;
import io.toomai.core.ha.FailsafePolicy;
import io.toomai.core.ha.FailsafePromise;
import io.toomai.core.ha.Lease;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LongTask;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MonoTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/// Everything of failsafe mode on this node: what it remembers, whom it asks, what it has promised
/// (docs/safety.md). Any thread; nothing here waits for another member or for the store.
public final class Failsafe implements AutoCloseable {
    private final Surroundings around;
    private final Topology topology;
    private final Promises promises;
    private final MemberAsker asker;
    private volatile LocalPostgres postgres = new LocalPostgres.Unusable("the agent is starting");

    /// What failsafe mode works with; wired by the agent.
    ///
    /// @param task the long work under way
    /// @param ask asks one member
    /// @param wakeLoop called when acceptances begin to carry this leader
    public record Surroundings(
            LeaseGuard guard,
            Supplier<LongTask> task,
            Supplier<MonoTime> clock,
            FailsafeCaller ask,
            Runnable wakeLoop) {}

    /// @param directory that survives restarts of the agent
    public static Failsafe open(Path directory, Surroundings around) throws IOException {
        return new Failsafe(directory, around);
    }

    private Failsafe(Path directory, Surroundings around) throws IOException {
        this.around = around;
        this.topology = new Topology(directory.resolve("failsafe"));
        this.promises = Promises.open(directory.resolve("promise"), around.clock(), this::leads);
        this.asker = new MemberAsker(around.ask(), around.clock(), this::carry);
    }

    private boolean leads() {
        return FailsafePolicy.leads(around.guard().lease(), postgres, around.task().get());
    }

    private void carry(MonoTime until) {
        boolean carried = around.guard().carriedUntil().isPresent();
        if (around.guard().carry(until) && !carried) {
            around.wakeLoop().run();
        }
    }

    // ---- what the loop sees

    /// The store was read by the loop, in a reading that began then.
    public void storeWasRead(MonoTime began, ClusterView cluster) {
        topology.seen(cluster.failsafe());
        promises.storeWasRead(began, cluster);
    }

    /// @param seen what PostgreSQL is now
    public FailsafeFacts facts(LocalPostgres seen) {
        postgres = seen;
        return new FailsafeFacts(
                topology.known(),
                promises.inForce(),
                around.guard().carriedUntil(),
                asker.obstacle());
    }

    /// Whether failsafe mode carries this leader, or another that this node has accepted.
    public boolean isActive() {
        return around.guard().carriedUntil().isPresent()
                || promises.inForce() instanceof FailsafePromise.Given;
    }

    /// Whom a leader asks, as the store said last.
    public FailsafeMembers members() {
        return topology.known().stored();
    }

    // ---- what the loop does

    /// Begins to ask; see [io.toomai.core.ha.Command.AskFailsafe].
    public void ask(FailsafeMembers others, Duration ttl) {
        asker.ask(others, ttl);
    }

    /// Before another `/failsafe` is sent. Somebody new in it has promised nothing, so the lease
    /// must be enough by itself from here on.
    ///
    /// @return why it must not be sent
    public Optional<String> beforeWriting(FailsafeMembers next) {
        asker.forget();
        return around.guard().standOnLease()
                ? topology.attempting(next)
                : Optional.of("the lease itself has not been renewed yet");
    }

    /// Right before the leader key is asked for; [#taken] must follow.
    ///
    /// @return why it must not be
    public Optional<String> beginTaking() {
        return begin(promises.beginTaking());
    }

    /// The same before it is taken over from a leader whose lease may last that long.
    public Optional<String> beginTakingOver(Duration formerLease) {
        return begin(promises.beginTakingOver(formerLease));
    }

    private Optional<String> begin(Optional<String> refusal) {
        if (refusal.isPresent() || around.guard().lease() instanceof Lease.Held) {
            return refusal; // who leads all the time knows what it has written
        }
        asker.forget();
        Optional<String> hindrance = topology.forget();
        if (hindrance.isPresent()) {
            promises.taken(Promises.Attempt.REFUSED);
        }
        return hindrance;
    }

    public void taken(Promises.Attempt attempt) {
        promises.taken(attempt);
    }

    // ---- what others ask

    /// @param ownTtl the ttl that this node knows
    public FailsafeAnswer accept(FailsafeCall call, Duration ownTtl) {
        Duration lasting = FailsafePolicy.promised(ownTtl, call.ttl());
        return promises.promise(call.name(), upstream(call.connUrl()), lasting)
                ? new FailsafeAnswer.Accepted(received())
                : new FailsafeAnswer.RunningAsLeader();
    }

    private Optional<Lsn> received() {
        return postgres instanceof LocalPostgres.Standby standby
                ? Optional.of(Lsn.max(standby.received(), standby.replayed()))
                : Optional.empty();
    }

    private static Upstream upstream(String connUrl) {
        ConnectionUrl url = new ConnectionUrl(connUrl);
        return url.host().isEmpty()
                ? new Upstream.None()
                : new Upstream.Server(url.host(), url.port());
    }

    @Override
    public void close() {
        asker.close();
    }
}
