package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.login.ReplicationWish;
import io.toomai.proxy.login.Welcome;
import io.toomai.proxy.net.Destination.Target;
import io.toomai.proxy.route.Keeping;
import io.toomai.proxy.session.CancelKey;
import java.util.Collection;
import java.util.Collections;
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

    /// Other servers are fit than before: those whose server must not be used any more end.
    void review() {
        List.copyOf(passages).stream()
                .filter(each -> each.ends().journey().keeping() == Keeping.IS_CUT)
                .forEach(Passage::end);
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
        if (pool.numbers().isPaused()) {
            guest.refused("57P03", "the database is paused");
            return;
        }
        Optional<Journey> next = pool.nextJourney();
        if (next.isEmpty()) {
            guest.refused("08001", "there is no server to replicate from at the moment");
            return;
        }
        Journey journey = next.get();
        pool.dialAlone(
                journey.target(),
                grant,
                startup(asked.identity()),
                new Dialer.Caller() {
                    @Override
                    public Optional<Misfit> misfit(Target target, Welcome said) {
                        return pool.misfit(journey, said);
                    }

                    @Override
                    public void reached(Target target, Channel channel, Welcome said) {
                        channel.closeFuture().addListener(_ -> journey.left());
                        journey.reached();
                        if (pool.numbers().isPaused()) {
                            Sending.close(channel);
                            guest.refused("57P03", "the database is paused");
                        } else {
                            reach(asked, guest, new Reached(journey, channel, said));
                        }
                    }

                    @Override
                    public void loginFailed(Target target, String code, String text) {
                        journey.failed();
                        if (asked.client().isActive()
                                && Openings.isOfAnOutage(code)
                                && pool.destination().hasUntried()) {
                            open(pool, grant, asked, guest);
                        } else {
                            guest.refused(code, text);
                        }
                    }
                });
    }

    /// What its server hears beyond user and database.
    private static Map<String, String> startup(Identity identity) {
        Map<String, String> words = new TreeMap<>(identity.settings());
        identity.replication().forServer().ifPresent(word -> words.put(ReplicationWish.NAME, word));
        return words;
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
