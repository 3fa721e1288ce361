package io.toomai.proxy.net;

import io.toomai.proxy.console.Lookout;
import io.toomai.proxy.console.Overview;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Asks all wings what there is to see. Belongs to the first wing's event loop.
final class Sights implements Lookout {
    /// For an answer of all wings, in nanoseconds; then they are asked anew.
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(5);

    private final Premises premises;
    private final Ways ways;
    private final Traffic traffic = new Traffic();
    private boolean isAsking;
    private long askedAt;

    Sights(Premises premises) {
        this.premises = premises;
        this.ways = new Ways(premises);
    }

    @Override
    public void look(Detail detail, Consumer<Overview> then) {
        premises.wings()
                .ask(
                        wing -> Survey.of(wing, detail),
                        wings -> then.accept(new Sight(premises, Survey.of(wings), ways, traffic)));
    }

    /// To be called a few times each second.
    void tick(long now) {
        if (isAsking && now - askedAt < LONGEST) {
            return; // a wing is behind: its answer to the last tick comes first
        }
        isAsking = true;
        askedAt = now;
        premises.wings()
                .ask(
                        wing -> Survey.of(wing, Detail.NUMBERS),
                        wings -> {
                            isAsking = false;
                            noticed(Survey.of(wings), now);
                        });
    }

    /// A database that no file names is forgotten with its last pool.
    private void forgetPast(Survey survey) {
        Set<String> there = new HashSet<>(premises.configuration().settings().databases().keySet());
        survey.pools().forEach(pool -> there.add(pool.name().database()));
        if (!there.containsAll(survey.past().ofDatabases().keySet())) {
            premises.wings().tell(wing -> wing.pools().pastIsOf(there));
        }
    }

    private void noticed(Survey survey, long now) {
        ways.tick(survey, now);
        long period = premises.configuration().settings().values().time("stats_period").toNanos();
        traffic.look(survey, now, period);
        premises.journal().tick(now, () -> traffic.lines(survey));
        forgetPast(survey);
    }
}
