package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.login.ReplicationWish;
import io.toomai.proxy.login.Welcome;
import io.toomai.proxy.route.Keeping;
import io.toomai.proxy.session.CancelKey;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Clients that replicate, each with a server connection of its own: it is opened with the words of
/// the client's StartupMessage, belongs to no pool, and ends with the client. Nothing of it is read
/// here. Belongs to the event loop of its wing.
final class Replication {
    private final Cancels cancels;
    private final Numbers numbers;
    private final Set<Passage> passages = new LinkedHashSet<>();

    /// Those that are under way, each for one client.
    private final Map<Attempt, Application> attempts = new LinkedHashMap<>();

    Replication(Cancels cancels, Numbers numbers) {
        this.cancels = cancels;
        this.numbers = numbers;
    }

    /// Those that are there now, in the order in which they came.
    Collection<Passage> all() {
        return Collections.unmodifiableSet(passages);
    }

    /// @param number of the client, as tables show it
    Optional<Passage> find(long number) {
        return passages.stream().filter(each -> each.identity().number() == number).findFirst();
    }

    /// Those of some databases end: their clients are cut off, as nothing that they would
    /// understand can be said in the midst of what a server sends.
    void end(Predicate<String> database) {
        List.copyOf(passages).stream()
                .filter(each -> database.test(each.identity().database()))
                .forEach(Passage::end);
    }

    /// Other servers are fit than before: those whose server must not be used any more end, and
    /// what is on its way to such a one is called off.
    void review() {
        List.copyOf(passages).stream()
                .filter(each -> each.ends().journey().keeping() == Keeping.IS_CUT)
                .forEach(Passage::end);
        new LinkedHashMap<>(attempts).forEach((attempt, by) -> by.review(attempt));
    }

    /// Who has asked, and hears how it went.
    interface Guest {
        /// Its login is over.
        ///
        /// @param said by the server, with the client's key
        void welcome(Welcome said, Passage passage);

        void refused(String code, String text);
    }

    /// @param client is closed with the server's connection
    /// @param minor of protocol 3
    record Asked(Identity identity, Channel client, int minor) {}

    void open(ServerPool pool, Grant grant, Asked asked, Guest guest) {
        new Application(pool, grant, asked, guest).begin();
    }

    /// What its server hears beyond user and database.
    private static Map<String, String> startup(Identity identity) {
        Map<String, String> words = new TreeMap<>(identity.settings());
        identity.replication().forServer().ifPresent(word -> words.put(ReplicationWish.NAME, word));
        return words;
    }

    /// A client until it has its server.
    private final class Application implements Attempt.Owner {
        private final ServerPool pool;
        private final Grant grant;
        private final Asked asked;
        private final Guest guest;

        Application(ServerPool pool, Grant grant, Asked asked, Guest guest) {
            this.pool = pool;
            this.grant = grant;
            this.asked = asked;
            this.guest = guest;
        }

        void begin() {
            if (pool.numbers().isPaused()) {
                guest.refused("57P03", "the database is paused");
            } else {
                begin(pool.nextJourney());
            }
        }

        private void begin(Optional<Journey> next) {
            if (next.isEmpty()) {
                guest.refused("08001", "there is no server to replicate from at the moment");
                return;
            }
            Attempt attempt = new Attempt(this, next.get());
            attempts.put(attempt, this);
            asked.client().closeFuture().addListener(_ -> attempt.callOff());
            pool.dialAlone(next.get().target(), grant, startup(asked.identity()), attempt);
        }

        /// Where its server is not wanted any more it is led to another one. While there is none it
        /// may be wanted again.
        void review(Attempt attempt) {
            Keeping keeping = attempt.journey().keeping();
            if (keeping == Keeping.STAYS) {
                return;
            }
            Optional<Journey> next = pool.nextJourney();
            if (next.isPresent() || keeping == Keeping.IS_CUT) {
                attempt.callOff();
                begin(next);
            }
        }

        @Override
        public Optional<Misfit> misfit(Attempt attempt, Welcome said) {
            return pool.misfit(attempt.journey(), said);
        }

        @Override
        public void ready(Attempt attempt, Channel by, Welcome said) {
            attempts.remove(attempt);
            Journey journey = attempt.journey();
            by.closeFuture().addListener(_ -> journey.left());
            journey.reached();
            if (pool.numbers().isPaused()) {
                Sending.close(by);
                guest.refused("57P03", "the database is paused");
            } else {
                reach(asked, guest, new Reached(journey, by, said));
            }
        }

        @Override
        public void failed(Attempt attempt, String code, String text) {
            attempts.remove(attempt);
            attempt.journey().failed();
            if (asked.client().isActive()
                    && Openings.isOfAnOutage(code)
                    && pool.destination().hasUntried()) {
                begin();
            } else {
                guest.refused(code, text);
            }
        }

        @Override
        public void calledOff(Attempt attempt) {
            attempts.remove(attempt);
            attempt.journey().left();
        }
    }

    private record Reached(Journey journey, Channel channel, Welcome said) {}

    private void reach(Asked asked, Guest guest, Reached server) {
        if (!asked.client().isActive()) {
            Sending.close(server.channel());
            return;
        }
        CancelKey theirs = new CancelKey(server.said().process(), server.said().key());
        CancelKey ours = cancels.makeKey(asked.minor());
        Passage passage =
                new Passage(
                        asked.identity(),
                        new Passage.Ends(
                                asked.client(),
                                server.channel(),
                                server.journey(),
                                numbers.nextServer()),
                        new Passage.Keys(ours, theirs),
                        cancels);
        passages.add(passage);
        cancels.add(passage);
        server.channel().pipeline().replace("login", "passage", passage.toClient());
        server.channel()
                .closeFuture()
                .addListener(_ -> {
                    passages.remove(passage);
                    cancels.remove(passage);
                });
        guest.welcome(
                new Welcome(server.said().parameters(), ours.process(), ours.secret()), passage);
    }
}
