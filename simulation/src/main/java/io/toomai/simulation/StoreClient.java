package io.toomai.simulation;

import io.toomai.core.ha.Renewal;
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

    private final ModelAgent agent;
    private final World world;
    private final Agenda agenda;
    private StoreSession session;
    private Optional<Renewal> renewal = Optional.empty();

    StoreClient(ModelAgent agent, World world) {
        this.agent = agent;
        this.world = world;
        this.agenda = world.agenda();
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
        long sent = agenda.now();
        world.store()
                .<T>call(
                        mine,
                        agent.process,
                        order,
                        () -> request.apply(mine),
                        reply -> {
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
                                case StoreLine.Reply.Silence<T> _ ->
                                        otherwise.accept(NoAnswer.SILENCE);
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
        return renewal;
    }

    /// A key has changed. All members write their own all the time: that wakes nobody.
    void changed(String key) {
        if (!key.equals("status") && !key.equals("members") && isHeard()) {
            agent.process.after(world.network().delay(), agent::wake);
        }
    }

    /// The leader has renewed its lease.
    void renewed(long revision) {
        if (isHeard()) {
            agent.process.after(world.network().delay(), () -> saw(revision));
        }
    }

    private boolean isHeard() {
        return agent.runs() && world.network().reaches(Network.STORE, agent.name.value());
    }

    /// A later renewal than was known.
    void saw(long revision) {
        if (renewal.filter(r -> r.revision() >= revision).isEmpty()) {
            renewal = Optional.of(new Renewal(revision, agenda.mono()));
        }
    }
}
