package io.toomai.proxy.net;

import io.netty.channel.EventLoop;
import io.toomai.proxy.config.Database;
import io.toomai.proxy.config.ProxySettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All wings of a proxy, as the loop sees them that greets clients and takes orders. They hear
/// everything from it, each in the order in which it was said. Belongs to that loop, which is the
/// first wing's own: that one is told by plain calls.
final class Wings {
    private static final Logger log = LoggerFactory.getLogger(Wings.class);

    /// Of more names the place is not remembered but computed.
    private static final int MOST_REMEMBERED = 10_000;

    private final List<Wing> all;
    private final EventLoop own;
    private final Map<Name, Integer> places = new HashMap<>();

    /// @param user as which servers are logged in to
    private record Name(String database, String user) {}

    Wings(List<Wing> all) {
        this.all = List.copyOf(all);
        this.own = all.getFirst().loop();
    }

    Wing first() {
        return all.getFirst();
    }

    /// Where the pools of a user in a database are, whatever the route: for as long as the proxy
    /// lives, so that there are never two pools of one name. New names go round, and come to the
    /// first wing last: it has the logins.
    Wing of(String database, String user) {
        Name name = new Name(database, user);
        if (places.size() < MOST_REMEMBERED) {
            return all.get(places.computeIfAbsent(name, _ -> (places.size() + 1) % all.size()));
        }
        return all.get(places.getOrDefault(name, Math.floorMod(name.hashCode(), all.size())));
    }

    /// Pools whose servers are logged in to as somebody else from now on stay where they are.
    void follow(ProxySettings before, ProxySettings now) {
        Map.copyOf(places)
                .forEach((name, place) -> {
                    Optional<Database> then = Pools.databaseOf(before, name.database());
                    Optional<Database> next = Pools.databaseOf(now, name.database());
                    if (then.isPresent() && next.isPresent()) {
                        Pools.successor(then.get(), next.get(), name.user())
                                .ifPresent(user -> {
                                    places.remove(name);
                                    places.put(new Name(name.database(), user), place);
                                });
                    }
                });
    }

    /// Has something done on a wing's loop.
    void tell(Wing wing, Consumer<Wing> what) {
        if (wing.loop().equals(own)) {
            what.accept(wing);
        } else {
            execute(wing.loop(), () -> what.accept(wing));
        }
    }

    /// Has something done on each wing's loop.
    void tell(Consumer<Wing> what) {
        all.forEach(wing -> tell(wing, what));
    }

    /// Has something done on each wing's loop.
    ///
    /// @param then here, when all have done it
    void tell(Consumer<Wing> what, Runnable then) {
        ask(
                wing -> {
                    what.accept(wing);
                    return true;
                },
                _ -> then.run());
    }

    /// Asks each wing on its own loop.
    ///
    /// @param then gets all answers, here; with one wing before this returns. If one fails to
    ///   answer, it is not called, and the fault is logged
    <T> void ask(Function<Wing, T> question, Consumer<List<T>> then) {
        List<@Nullable T> answers = new ArrayList<>();
        all.forEach(_ -> answers.add(null));
        int[] missing = {all.size()};
        for (int i = 0; i < all.size(); i++) {
            int place = i;
            tell(
                    all.get(i),
                    wing -> {
                        T answer = question.apply(wing);
                        back(
                                wing,
                                () -> {
                                    answers.set(place, answer);
                                    if (--missing[0] == 0) {
                                        then.accept(complete(answers));
                                    }
                                });
                    });
        }
    }

    @SuppressWarnings("NullAway") // each was set
    private static <T> List<T> complete(List<@Nullable T> answers) {
        return new ArrayList<T>(answers);
    }

    private void back(Wing from, Runnable what) {
        if (from.loop().equals(own)) {
            what.run();
        } else {
            execute(own, what);
        }
    }

    private static void execute(EventLoop on, Runnable what) {
        try {
            on.execute(Faults.outlive(what));
        } catch (RejectedExecutionException _) {
            log.debug("the loop has ended, and with it what it is told of");
        }
    }
}
