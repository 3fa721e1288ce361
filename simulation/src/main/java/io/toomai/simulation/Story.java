package io.toomai.simulation;

import io.toomai.core.ha.Command;
import io.toomai.core.ha.Decision;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What happened last, for whoever has to understand a violation. Lines become text only when
/// somebody reads them.
final class Story {
    private static final int LINES = 400;

    /// Of what was told: a history of ninety timelines helps nobody.
    private static final int WIDTH = 400;

    private record Line(long at, String who, Object what, String end) {
        String text() {
            String text = String.valueOf(what);
            String shown = text.length() > WIDTH ? text.substring(0, WIDTH) + " …" : text;
            return String.format("%10.3f %-9s %s%s", at / 1000.0, who, shown, end);
        }
    }

    /// A command, indented below the decision that asked for it.
    private record Told(Command command) {
        @Override
        public String toString() {
            return "  " + command;
        }
    }

    private final Agenda agenda;
    private final Deque<Line> lines = new ArrayDeque<>();
    private final Map<String, Decision> latest = new HashMap<>();
    private final Map<Fault, Long> faults = new EnumMap<>(Fault.class);
    private long digest;

    Story(Agenda agenda) {
        this.agenda = agenda;
    }

    void tell(String who, String what) {
        add(new Line(agenda.now(), who, what, ""), what.hashCode());
    }

    void fault(Fault kind, String what) {
        faults.merge(kind, 1L, Long::sum);
        tell(kind.name().startsWith("OPERATOR") ? "OPERATOR" : "FAULT", what);
    }

    /// How often each has happened.
    Map<Fault, Long> faults() {
        return faults;
    }

    /// A decision is told when it is another than the one before.
    void decided(String who, Decision decision) {
        Decision before = latest.put(who, decision);
        boolean same =
                before != null
                        && before.rule() == decision.rule()
                        && before.reason().equals(decision.reason());
        if (!same) {
            tell(who, decision.rule().number() + " " + decision.reason());
        }
    }

    void carriedOut(String who, Command command, Optional<String> failure) {
        if (!(command instanceof Command.WriteStatus)) {
            String end = failure.map(f -> " REFUSED " + f).orElse("");
            int kind = command.getClass().getSimpleName().hashCode();
            add(new Line(agenda.now(), who, new Told(command), end), kind + 31 * end.hashCode());
        }
    }

    private void add(Line line, int what) {
        digest = ((digest * 31 + line.at()) * 31 + line.who().hashCode()) * 31 + what;
        lines.add(line);
        if (lines.size() > LINES) {
            lines.remove();
        }
    }

    /// Of everything that was told, also of what is forgotten by now.
    long digest() {
        return digest;
    }

    String text() {
        return lines.stream().map(Line::text).collect(Collectors.joining("\n"));
    }
}
