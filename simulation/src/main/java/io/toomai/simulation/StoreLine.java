package io.toomai.simulation;

import java.util.function.Consumer;
import java.util.function.Supplier;

/// The way of requests to the store and of answers back: with delays, cuts and outages. A request
/// may be carried out though its sender has given up.
final class StoreLine {
    /// What came back.
    sealed interface Reply<T> {
        record Answer<T>(T value) implements Reply<T> {}

        record Expired<T>() implements Reply<T> {}
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

    private final World world;
    private final Agenda agenda;
    private final StoreContent content;
    private final StoreSessions sessions;

    StoreLine(World world, StoreContent content, StoreSessions sessions) {
        this.world = world;
        this.agenda = world.agenda();
        this.content = content;
        this.sessions = sessions;
    }

    /// Sends a request; `then` happens in the caller's process, once or never.
    <T> void call(
            StoreSession session,
            ModelProcess caller,
            Order order,
            Supplier<T> request,
            Consumer<Reply<T>> then) {
        long sent = agenda.now();
        int asker = caller.life();
        // Own writes are certainly seen only once their answer has come.
        Delivery<T> deliver =
                (reply, wrote) -> {
                    Runnable arrival =
                            caller.inLife(
                                    asker,
                                    () -> {
                                        session.seen = Math.max(session.seen, wrote);
                                        then.accept(reply);
                                    });
                    agenda.in(
                            world.network().answerDelay(session.owner.value()),
                            () -> {
                                if (!sessions.isOut()
                                        && world.network()
                                                .reaches(Network.STORE, session.owner.value())) {
                                    arrival.run();
                                }
                            });
                };
        agenda.in(travel(session, order, sent), () -> arrive(session, sent, request, deliver));
    }

    private long travel(StoreSession session, Order order, long sent) {
        return switch (order) {
            case AS_SENT -> {
                session.arrival = Math.max(session.arrival, sent + world.network().delay());
                yield session.arrival - sent;
            }
            case ALONE -> world.network().aloneDelay(session.owner.value());
        };
    }

    private <T> void arrive(
            StoreSession session, long sent, Supplier<T> request, Delivery<T> deliver) {
        if (sessions.isOut() || !world.network().reaches(session.owner.value(), Network.STORE)) {
            return;
        }
        if (!session.alive) {
            deliver.accept(new Reply.Expired<>(), 0);
            return;
        }
        sessions.hear(session, sent);
        int before = content.version();
        T answer = request.get();
        int mine = content.version() == before ? 0 : content.version();
        deliver.accept(new Reply.Answer<>(answer), mine);
    }
}
