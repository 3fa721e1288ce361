package io.toomai.simulation;

import io.toomai.core.cluster.Member;
import io.toomai.core.model.MemberName;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// How long sessions live, and what goes with them.
///
/// A session counts as heard from when a request arrives, but the store may learn that up to a
/// quarter of a second later; only the request *before* is certainly counted. During an outage
/// nothing expires, and after it every session starts afresh.
final class StoreSessions {
    private final World world;
    private final Agenda agenda;
    private final StoreContent content;
    private final long ttl;
    private final Map<MemberName, StoreSession> ofMembers = new TreeMap<>();
    private final Consumer<StoreSession> leaderLost;
    private long outageUntil;

    /// @param leaderLost called when the leader's session is over
    StoreSessions(World world, StoreContent content, Consumer<StoreSession> leaderLost) {
        this.world = world;
        this.agenda = world.agenda();
        this.content = content;
        this.ttl = world.scenario().ttl();
        this.leaderLost = leaderLost;
    }

    StoreSession open(MemberName owner) {
        StoreSession session = new StoreSession(owner, agenda.now());
        watch(session);
        return session;
    }

    /// A request that was sent then has arrived.
    void hear(StoreSession session, long sent) {
        session.arrived(sent, agenda.now(), agenda.now() + world.chance().between(0, 250));
    }

    /// The member's key lives as long as this session.
    void bind(MemberName member, StoreSession session) {
        ofMembers.put(member, session);
    }

    boolean isOut() {
        return agenda.now() < outageUntil;
    }

    /// No quorum; afterwards nobody has been silent.
    void outage(long millis) {
        outageUntil = Math.max(outageUntil, agenda.now() + millis);
    }

    void endOutage() {
        outageUntil = agenda.now();
    }

    private void watch(StoreSession session) {
        agenda.in(
                Math.max(1, session.heard(agenda.now()) + ttl - agenda.now()),
                () -> expire(session));
    }

    private void expire(StoreSession session) {
        if (!session.alive) {
            return;
        }
        if (isOut()) {
            agenda.in(
                    outageUntil - agenda.now(),
                    () -> {
                        session.counts(agenda.now());
                        watch(session);
                    });
            return;
        }
        // An outage that is over has started every session afresh.
        session.counts(Math.min(outageUntil, agenda.now()));
        if (agenda.now() < session.heard(agenda.now()) + ttl) {
            watch(session);
            return;
        }
        end(session);
    }

    /// Its ephemeral keys vanish.
    void end(StoreSession session) {
        session.alive = false;
        if (ofMembers.remove(session.owner, session)) {
            List<Member> left =
                    content.now().members().stream()
                            .filter(m -> !m.name().equals(session.owner))
                            .toList();
            content.members(left);
        }
        if (content.leader().filter(s -> s == session).isPresent()) {
            world.tell(session.owner.value(), "the store lets the leader key expire");
            leaderLost.accept(session);
        }
    }
}
