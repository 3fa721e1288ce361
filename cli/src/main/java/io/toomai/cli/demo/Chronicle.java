package io.toomai.cli.demo;

import io.toomai.cli.demo.DemoPlan.NodePlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// What happened in the demo: incidents with their measured effect, and standstills that nobody
/// here caused. Thread-safe.
final class Chronicle {
    private static final Duration WORTH_TELLING = Duration.ofMillis(300);
    private static final int MOST_LINES = 200;

    private final DemoPlan plan;
    private final Ledger ledger;
    private final Writer writer;
    private final Consumer<String> listener;
    private final List<String> lines = new ArrayList<>();
    private Optional<Incident> pending = Optional.empty();
    private int gapsTold;

    /// @param listener gets each line once
    Chronicle(DemoPlan plan, Ledger ledger, Writer writer, Consumer<String> listener) {
        this.plan = plan;
        this.ledger = ledger;
        this.writer = writer;
        this.listener = listener;
    }

    synchronized void begin(String what) {
        pending = Optional.of(new Incident(what, System.nanoTime()));
    }

    synchronized void tell(String line) {
        lines.add(line);
        if (lines.size() > MOST_LINES) {
            lines.removeFirst();
        }
        listener.accept(line);
    }

    /// Looks whether an effect has become known.
    void look() {
        Optional<Incident> incident = pending();
        long now = System.nanoTime();
        if (incident.isPresent()) {
            // Before the gaps: a row confirmed in between may be the one that ends a gap.
            long confirmed = now - ledger.silence(now).toNanos();
            Optional<Ledger.Gap> gap = ledger.gapAfter(incident.get().at());
            Optional<Integer> lost = gap.flatMap(found -> writer.missingOn(plan.node(found.to())));
            incident.get().outcome(gap, lost, confirmed).ifPresent(this::finish);
        } else {
            tellOtherGaps();
        }
    }

    private synchronized void finish(String line) {
        pending = Optional.empty();
        gapsTold += ledger.gapsFrom(gapsTold).size();
        tell(line);
    }

    private synchronized void tellOtherGaps() {
        List<Ledger.Gap> fresh = ledger.gapsFrom(gapsTold);
        gapsTold += fresh.size();
        for (Ledger.Gap gap : fresh) {
            if (gap.length().compareTo(WORTH_TELLING) >= 0) {
                String who =
                        gap.from().equals(gap.to())
                                ? gap.to() + " stays primary"
                                : "new primary " + gap.to();
                tell("writes stopped for " + Incident.seconds(gap.length()) + " s, " + who);
            }
        }
    }

    synchronized Optional<Incident> pending() {
        return pending;
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    /// The node that takes writes now.
    Optional<NodePlan> writing() {
        String node = ledger.node();
        return node.isEmpty() ? Optional.empty() : Optional.of(plan.node(node));
    }
}
