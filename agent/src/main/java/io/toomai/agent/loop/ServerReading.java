package io.toomai.agent.loop;

import io.toomai.core.ha.ControlFacts;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LocalPostgres.LastRole;
import io.toomai.core.ha.LocalPostgres.StartsAs;
import io.toomai.core.ha.Serving;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/// Looks at the local server for the loop, one look at a time. While one hangs, on a disk perhaps,
/// there is no other, and what was seen before counts as silent. What comes of it later is thrown
/// away: the loop may have ended the server meanwhile. For the loop's thread.
final class ServerReading {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /// For a server that has left the probe without answer: the cycle must not be held up.
    private static final Duration NO_PATIENCE = Duration.ofMillis(200);

    private final Function<Duration, LocalPostgres> observe;
    private final ExecutorService readers;
    private final Supplier<MonoTime> clock;
    private Optional<Future<Look>> underWay = Optional.empty();
    private Begun begun = Begun.NOW;
    private Duration patience = PATIENCE;
    private Optional<MonoTime> slowSince = Optional.empty();
    private Optional<LocalPostgres> last = Optional.empty();

    /// @param observe looks within about that time
    ServerReading(
            Function<Duration, LocalPostgres> observe,
            ExecutorService readers,
            Supplier<MonoTime> clock) {
        this.observe = observe;
        this.readers = readers;
        this.clock = clock;
    }

    /// What PostgreSQL was.
    ///
    /// @param at when the look had ended
    record Look(LocalPostgres server, MonoTime at) {}

    /// When the look under way was begun.
    private enum Begun {
        NOW,
        IN_AN_EARLIER_CYCLE
    }

    /// Begins a look, unless the one before still goes on.
    void begin(Serving serving) {
        patience = serving.isDoubtful() ? NO_PATIENCE : PATIENCE;
        begun = Begun.IN_AN_EARLIER_CYCLE;
        if (underWay.filter(look -> !look.isDone()).isEmpty()) {
            Duration mine = patience;
            begun = Begun.NOW;
            underWay =
                    Optional.of(
                            readers.submit(() -> {
                                LocalPostgres seen = observe.apply(mine);
                                return new Look(seen, clock.get());
                            }));
        }
    }

    /// What was seen.
    Look end() throws InterruptedException {
        Future<Look> look = underWay.orElseThrow();
        try {
            Look seen = look.get(patience.multipliedBy(2).toMillis(), TimeUnit.MILLISECONDS);
            underWay = Optional.empty();
            if (begun == Begun.IN_AN_EARLIER_CYCLE) {
                return silentNow(slowSince.orElseGet(clock));
            }
            slowSince = Optional.empty();
            last = Optional.of(seen.server());
            return seen;
        } catch (TimeoutException e) {
            MonoTime since = slowSince.orElseGet(clock);
            slowSince = Optional.of(since);
            return silentNow(since);
        } catch (ExecutionException e) {
            underWay = Optional.empty();
            throw new IllegalStateException("the local server could not be observed", e.getCause());
        }
    }

    private Look silentNow(MonoTime since) {
        return new Look(silent(since), clock.get());
    }

    /// What it was when it was last seen, as one that does not answer.
    private LocalPostgres silent(MonoTime since) {
        String why = "looking at PostgreSQL takes too long";
        return switch (last.orElseGet(() -> new LocalPostgres.Unusable(why))) {
            case LocalPostgres.Primary primary ->
                    silent(primary.control(), LastRole.PRIMARY, since, why);
            case LocalPostgres.Starting(var control, var as, _) ->
                    silent(
                            control,
                            as == StartsAs.PRIMARY ? LastRole.PRIMARY : LastRole.STANDBY,
                            since,
                            why);
            case LocalPostgres.Unresponsive(var control, var role, _, _) ->
                    silent(control, role, since, why);
            case LocalPostgres.Standby _, LocalPostgres.Stopped _, LocalPostgres.WithoutData _ ->
                    new LocalPostgres.Unusable(why);
        };
    }

    private static LocalPostgres silent(
            ControlFacts control, LastRole role, MonoTime since, String why) {
        return new LocalPostgres.Unresponsive(control, role, since, why);
    }
}
