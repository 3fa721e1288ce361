package io.toomai.proxy.net;

import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Configuration.Loading;
import io.toomai.proxy.config.ProxySettings;
import io.toomai.proxy.console.Orders.Outcome;
import io.toomai.settings.Problem;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// SET: one setting gets another value, with all that RELOAD would do for it, or keeps the one it
/// has. Belongs to the first wing's event loop.
final class Altering {
    private static final Logger log = LoggerFactory.getLogger(Altering.class);
    private static final String SOURCE = "SET";

    private final Premises premises;
    private final Steering.Means means;

    Altering(Premises premises, Steering.Means means) {
        this.premises = premises;
        this.means = means;
    }

    /// One value on its way.
    ///
    /// @param before what was in force when it was given
    private record Wish(String key, String value, Configuration before, Consumer<Outcome> then) {}

    /// Does what may block.
    private interface Work {
        /// @throws IOException if a file cannot be read
        Loading load() throws IOException;
    }

    void set(String key, String value, Consumer<Outcome> then) {
        Configuration before = premises.configuration();
        Wish wish = new Wish(key, value, before, then);
        Optional<ProxySettings> given = before.settings().with(key, value);
        if (given.isEmpty()) {
            refuse(wish, key + " " + ProxySettings.fault(key, value).orElse(""));
            return;
        }
        ProxySettings next = given.get();
        switch (ProxySettings.change(key)) {
            case AT_ONCE -> take(wish, before.with(next));
            case WITH_FILES -> aside(wish, () -> before.read(next, SOURCE));
            case WITH_THE_LOG -> aside(wish, () -> logging(key, before.with(next)));
            case AT_RESTART ->
                    then.accept(
                            new Outcome.Noted(
                                    key + " is read at the start only: SET changes nothing"));
        }
    }

    private void aside(Wish wish, Work work) {
        Thread.ofVirtual()
                .name("set")
                .start(() -> {
                    Loading loading = loading(work, wish.key());
                    means.loop().execute(() -> loaded(wish, loading));
                });
    }

    private static Loading loading(Work work, String key) {
        try {
            return work.load();
        } catch (IOException e) {
            return rejected(key, e.toString());
        } catch (RuntimeException e) {
            log.error("SET failed: {}", key, e);
            return rejected(key, e.toString());
        }
    }

    private Loading logging(String key, Configuration next) {
        return means.steward()
                .log(next.settings().values())
                .map(why -> rejected(key, why))
                .orElseGet(() -> new Loading.Loaded(next, List.of()));
    }

    private static Loading rejected(String key, String why) {
        return new Loading.Rejected(List.of(new Problem(key, SOURCE, 0, why)));
    }

    private void loaded(Wish wish, Loading loading) {
        switch (loading) {
            case Loading.Loaded(var next, _) -> {
                if (premises.configuration().equals(wish.before())) {
                    take(wish, next);
                } else { // changed meanwhile, which must not be lost
                    set(wish.key(), wish.value(), wish.then());
                }
            }
            case Loading.Rejected(var problems) ->
                    refuse(
                            wish,
                            problems.stream().map(Altering::why).collect(Collectors.joining("; ")));
        }
    }

    /// Of a file, with its line.
    private static String why(Problem problem) {
        return problem.file().equals(SOURCE)
                ? problem.key() + " " + problem.message()
                : problem.toString();
    }

    private void take(Wish wish, Configuration next) {
        premises.configure(next, () -> wish.then().accept(new Outcome.Done()));
    }

    private static void refuse(Wish wish, String why) {
        log.warn("SET failed: {}", why);
        wish.then().accept(new Outcome.Refused(Outcome.Refused.CODE, "SET failed", why));
    }
}
