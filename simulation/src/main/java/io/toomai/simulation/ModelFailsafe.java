package io.toomai.simulation;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.ha.FailsafeFacts;
import io.toomai.core.ha.FailsafePolicy;
import io.toomai.core.ha.FailsafePromise;
import io.toomai.core.ha.FailsafeTopology;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Failsafe mode in one agent process: whom it asks, what it has promised. As the agent does it;
/// questions and answers may be late or lost.
final class ModelFailsafe {
    private enum Taking {
        NOT,
        UNDER_WAY,
        UNRESOLVED
    }

    private final ModelAgent agent;
    private final World world;
    private final Agenda agenda;
    private final Map<MemberName, MonoTime> acceptedAt = new TreeMap<>();
    private final Set<MemberName> waitingFor = new TreeSet<>();
    private FailsafeMembers asked = FailsafeMembers.NONE;
    private Taking taking = Taking.NOT;
    private int leadership;

    ModelFailsafe(ModelAgent agent, World world) {
        this.agent = agent;
        this.world = world;
        this.agenda = world.agenda();
    }

    FailsafeFacts facts() {
        return new FailsafeFacts(
                agent.files.topology(), promise(), agent.lease().carriedUntil(), Optional.empty());
    }

    private FailsafePromise promise() {
        FailsafePromise written = agent.files.promise();
        return written instanceof FailsafePromise.Given given
                        && agent.clock.mono().isBefore(given.until())
                ? written
                : new FailsafePromise.None();
    }

    /// The loop has read the store, in a reading that began then.
    void storeWasRead(MonoTime began, ClusterView cluster) {
        agent.files.writeTopology(agent.files.topology().seen(cluster.failsafe()));
        boolean mine =
                cluster.leader() instanceof LeaderKey.HeldBy held
                        && held.ownership() == LeaderKey.Ownership.THIS_PROCESS;
        if (taking == Taking.UNRESOLVED && !mine) {
            taken();
        }
        if (world.scenario().reads() == Scenario.Reads.LINEARIZABLE) {
            agent.files.writePromise(promise().afterReading(began, cluster));
        }
    }

    // ---- the gate

    /// @return why the key must not be asked for
    Optional<String> beginTaking() {
        if (promise() instanceof FailsafePromise.Given given
                && !world.is(Mutant.PROMISE_NOT_KEPT)) {
            return Optional.of("promised to let " + given.leader() + " lead");
        }
        if (!agent.lease().isHeld()) {
            forget();
            agent.files.writeTopology(FailsafeTopology.UNKNOWN);
        }
        taking = Taking.UNDER_WAY;
        return Optional.empty();
    }

    /// The same for the key of a leader whose lease may still run.
    Optional<String> beginTakingOver() {
        Optional<String> refusal = beginTaking();
        if (refusal.isEmpty() && !world.is(Mutant.TAKEOVER_FORGOTTEN)) {
            agent.files.writeNothingBefore(Long.MAX_VALUE);
        }
        return refusal;
    }

    /// The attempt was answered.
    void taken() {
        taking = Taking.NOT;
        resolved();
    }

    /// Nobody knows what became of a takeover that was under way when the process before ended.
    void adopt() {
        resolved();
    }

    private void resolved() {
        if (agent.files.nothingBefore() == Long.MAX_VALUE) {
            agent.files.writeNothingBefore(agent.clock.now() + world.scenario().ttl());
        }
    }

    /// The answer was lost.
    void takenOrNot() {
        taking = Taking.UNRESOLVED;
    }

    /// @return why another `/failsafe` must not be sent
    Optional<String> beforeWriting(FailsafeMembers next) {
        forget();
        if (!agent.lease().standOnLease()) {
            return Optional.of("the lease itself has not been renewed yet");
        }
        agent.files.writeTopology(agent.files.topology().attempting(next));
        return Optional.empty();
    }

    private void forget() {
        leadership++;
        acceptedAt.clear();
    }

    // ---- asking and answering

    void ask(FailsafeMembers others, Duration ttl) {
        asked = others;
        int mine = leadership;
        MonoTime sent = agent.clock.mono();
        for (MemberName other : others.apiUrls().keySet()) {
            if (waitingFor.add(other)) {
                ModelAgent peer = world.node(other.value()).agent();
                agenda.in(
                        world.network().streamDelay(agent.name.value(), other.value()),
                        () -> arrives(peer, ttl, () -> accepted(other, sent, ttl, mine)));
                agent.process.after(
                        FailsafePolicy.patience(ttl).toMillis(), () -> waitingFor.remove(other));
            }
        }
        if (others.isEmpty()) {
            carry(sent.plus(ttl));
        }
    }

    /// At the other member's machine.
    private void arrives(ModelAgent peer, Duration ttl, Runnable answer) {
        if (peer.runs()
                && !peer.process.isFrozen()
                && world.network().reaches(agent.name.value(), peer.name.value())
                && peer.failsafe().accepts(agent, ttl)) {
            agent.process.after(
                    world.network().streamDelay(peer.name.value(), agent.name.value()),
                    () -> {
                        if (world.network().reaches(peer.name.value(), agent.name.value())) {
                            answer.run();
                        }
                    });
        }
    }

    private boolean accepts(ModelAgent leader, Duration ttl) {
        boolean leads =
                FailsafePolicy.leads(
                        agent.lease().lease(), agent.postgres.look(), agent.tasks().current());
        boolean tookOver = agent.clock.now() < agent.files.nothingBefore();
        if (leads || tookOver || taking != Taking.NOT) {
            return false;
        }
        MonoTime now = agent.clock.mono();
        agent.files.writePromise(
                new FailsafePromise.Given(
                        leader.name,
                        new Upstream.Server(leader.name.value(), 5432),
                        now,
                        now.plus(ttl)));
        return true;
    }

    private void accepted(MemberName other, MonoTime sent, Duration ttl, int mine) {
        if (!waitingFor.remove(other) || mine != leadership) {
            return;
        }
        acceptedAt.put(other, world.is(Mutant.ACCEPTANCE_FROM_ANSWER) ? agent.clock.mono() : sent);
        FailsafePolicy.carriedUntil(
                        world.mutation().needed(asked, acceptedAt.keySet()),
                        acceptedAt,
                        agent.clock.mono(),
                        ttl)
                .ifPresent(this::carry);
    }

    private void carry(MonoTime until) {
        boolean carried = agent.lease().carriedUntil().isPresent();
        if (agent.lease().carry(until.nanos() / 1_000_000) && !carried) {
            agent.wake();
        }
    }
}
