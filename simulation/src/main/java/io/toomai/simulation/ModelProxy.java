package io.toomai.simulation;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.Hold;
import io.toomai.core.ha.ProxyStanding;
import io.toomai.core.model.MemberName;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The proxy beside an agent, in its process, and its clients: each transaction begins on the
/// server that the agent's latest view calls leader, and ends there some time later. Who cannot
/// begin waits.
final class ModelProxy {
    private final ModelAgent agent;
    private final World world;
    private Optional<MemberName> leader = Optional.empty();
    private OptionalLong hold = OptionalLong.empty();
    private int open;

    ModelProxy(ModelAgent agent, World world) {
        this.agent = agent;
        this.world = world;
    }

    /// Whether this world has any: they cost events.
    static boolean areUsed(World world) {
        return world.plot() == Plot.HELD_CLIENTS;
    }

    void begin() {
        if (areUsed(world)) {
            client();
        }
    }

    /// What the HA loop tells after each look.
    void told(HaView view) {
        ClusterView cluster = view.cluster();
        leader =
                cluster.leader() instanceof LeaderKey.HeldBy held
                        ? Optional.of(held.leader())
                        : Optional.empty();
        OptionalLong next = Hold.inForce(view);
        if (next.isEmpty() && world.is(Mutant.HOLD_NEVER_ENDS)) {
            return;
        }
        if (!next.equals(hold)) {
            hold = next;
            agent.wake();
        }
    }

    List<ProxyStanding> standings() {
        return areUsed(world)
                ? List.of(new ProxyStanding(agent.name.value(), hold, hold.isPresent() ? open : 0))
                : List.of();
    }

    boolean isHeld() {
        return hold.isPresent();
    }

    private void client() {
        agent.process.after(
                world.chance().between(20, 400),
                () -> {
                    client();
                    if (hold.isEmpty() || world.is(Mutant.HOLD_IGNORED)) {
                        leader.ifPresent(name -> transaction(world.node(name.value()).postgres()));
                    }
                });
    }

    private void transaction(ModelPostgres server) {
        if (!server.acceptsWrites()) {
            return;
        }
        int life = server.life();
        open++;
        agent.process.after(
                world.chance().delay(5, 1500, 20),
                () -> {
                    open--;
                    if (server.life() != life || !server.acceptsWrites()) {
                        world.checker().clientFailed(agent.name, server);
                    }
                    if (hold.isPresent()) {
                        agent.wake();
                    }
                });
    }
}
