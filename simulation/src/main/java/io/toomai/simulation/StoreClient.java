package io.toomai.simulation;

import io.toomai.core.ha.Renewal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// One agent process's way to the store: its session, its requests, and what it is told unasked.
final class StoreClient {
    /// Why a request brought no answer.
    enum NoAnswer {
        SILENCE,
        EXPIRED
    }

    /// A renewal of which this process will learn.
    private record Coming(long revision, long arrival) {}

    private final ModelAgent agent;
    private final World world;
    private final Agenda agenda;
    private final Patience patience;
    private StoreSession session;
    private final List<Coming> coming = new ArrayList<>();
    private Optional<Renewal> renewal = Optional.empty();

    StoreClient(ModelAgent agent, World world) {
        this.agent = agent;
        this.world = world;
        this.agenda = world.agenda();
        this.patience = new Patience(agent.process, agenda, world.scenario().patience());
        this.session = world.store().open(agent.name);
    }

    void keepAlive() {
        agent.process.after(
                world.scenario().ttl() / 3,
                () -> {
                    call(_ -> true, _ -> {}, _ -> {});
                    keepAlive();
                });
    }

    void close() {
        world.store().end(session);
    }

    /// Sends one request over this process's session.
    <T> void call(
            Function<StoreSession, T> request, Consumer<T> answer, Consumer<NoAnswer> otherwise) {
        call(StoreLine.Order.AS_SENT, request, answer, otherwise);
    }

    <T> void call(
            StoreLine.Order order,
            Function<StoreSession, T> request,
            Consumer<T> answer,
            Consumer<NoAnswer> otherwise) {
        StoreSession mine = session;
        long sent = agent.clock.now();
        Patience.Wait wait = patience.begin(() -> otherwise.accept(NoAnswer.SILENCE));
        world.store()
                .<T>call(
                        mine,
                        agent.process,
                        order,
                        () -> request.apply(mine),
                        reply -> {
                            if (!wait.end()) {
                                return;
                            }
                            switch (reply) {
                                case StoreLine.Reply.Answer<T>(var value) -> {
                                    if (mine == session) {
                                        agent.lease().answered(sent);
                                    }
                                    answer.accept(value);
                                }
                                case StoreLine.Reply.Expired<T> _ -> {
                                    if (mine == session) {
                                        newSession();
                                    }
                                    otherwise.accept(NoAnswer.EXPIRED);
                                }
                            }
                        });
    }

    private void newSession() {
        session = world.store().open(agent.name);
        agent.lease().sessionEnded();
        agent.wake();
    }

    // ---- what it is told

    Optional<Renewal> renewal() {
        coming.removeIf(c -> {
            boolean there = c.arrival() <= agenda.now();
            if (there) {
                long heard = Math.max(c.arrival(), agent.process.thawed());
                saw(new Renewal(c.revision(), Agenda.mono(agent.clock.at(heard))));
            }
            return there;
        });
        return renewal;
    }

    /// A key has changed. All members write their own all the time: that wakes nobody.
    void changed(String key) {
        if (!key.equals("status") && !key.equals("members") && isHeard()) {
            agent.process.after(world.network().delay(), agent::wake);
        }
    }

    /// The leader has renewed its lease. Nobody is woken by it, so it is looked at when a view is
    /// made.
    void renewed(long revision) {
        if (ModelHeartbeats.areUsed(world) && isHeard()) {
            coming.add(new Coming(revision, agenda.now() + world.network().delay()));
        }
    }

    private boolean isHeard() {
        return agent.runs() && world.network().reaches(Network.STORE, agent.name.value());
    }

    /// A later renewal than was known.
    void saw(long revision) {
        saw(new Renewal(revision, agent.clock.mono()));
    }

    private void saw(Renewal seen) {
        if (renewal.filter(r -> r.revision() >= seen.revision()).isEmpty()) {
            renewal = Optional.of(seen);
        }
    }
}
