package io.toomai.simulation;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Member;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.model.MemberName;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// One round of asking the other members: ends with the last answer or after two seconds.
final class PeerPoll {
    private static final long DEADLINE = 2000;

    private final ModelAgent agent;
    private final World world;
    private final List<MemberName> others;
    private final Consumer<List<PeerStatus>> then;
    private final List<PeerStatus> answers = new ArrayList<>();
    private boolean done;

    PeerPoll(ModelAgent agent, World world, ClusterView cluster, Consumer<List<PeerStatus>> then) {
        this.agent = agent;
        this.world = world;
        this.then = then;
        this.others =
                cluster.members().stream()
                        .map(Member::name)
                        .filter(m -> !m.equals(agent.name))
                        .toList();
    }

    void ask() {
        for (MemberName other : others) {
            agent.process.after(world.network().delay(), () -> arrives(other));
        }
        agent.process.after(others.isEmpty() ? 1 : DEADLINE, this::finish);
    }

    private void arrives(MemberName other) {
        ModelAgent peer = world.node(other.value()).agent();
        if (peer.runs()
                && !peer.process.isFrozen()
                && world.network().reaches(agent.name.value(), other.value())) {
            PeerStatus status = peer.told();
            agent.process.after(world.network().delay(), () -> answered(status));
        }
    }

    private void answered(PeerStatus status) {
        answers.add(status);
        if (answers.size() == others.size()) {
            finish();
        }
    }

    private void finish() {
        if (done) {
            return;
        }
        done = true;
        for (MemberName other : others) {
            if (answers.stream().noneMatch(a -> a.name().equals(other))) {
                answers.add(new PeerStatus.Unreachable(other, "no answer"));
            }
        }
        then.accept(answers);
    }
}
