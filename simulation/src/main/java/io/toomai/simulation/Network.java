package io.toomai.simulation;

import java.util.HashMap;
import java.util.Map;

/// Who reaches whom, and how long a message takes.
final class Network {
    static final String STORE = "store";

    private record Slowness(long until, long delay) {}

    private final Agenda agenda;
    private final Chance chance;

    /// By direction: `from|to`.
    private final Map<String, Long> cutUntil = new HashMap<>();

    private final Map<String, Slowness> slowLinks = new HashMap<>();
    private final Map<String, Slowness> lateAnswers = new HashMap<>();
    private final Map<String, Long> nextLate = new HashMap<>();

    /// From when on nothing is cut any more.
    private long wholeFrom;

    private long slowUntil;
    private long worst = 500;

    Network(Agenda agenda, Chance chance) {
        this.agenda = agenda;
        this.chance = chance;
    }

    /// Whether messages of `from` arrive at `to`.
    boolean reaches(String from, String to) {
        return agenda.now() >= wholeFrom
                || agenda.now() >= cutUntil.getOrDefault(way(from, to), 0L);
    }

    void cut(String a, String b, long millis) {
        cutOneWay(a, b, millis);
        cutOneWay(b, a, millis);
    }

    void cutOneWay(String from, String to, long millis) {
        long until = agenda.now() + millis;
        cutUntil.put(way(from, to), until);
        wholeFrom = Math.max(wholeFrom, until);
    }

    void slow(long millis, long worstDelay) {
        slowUntil = agenda.now() + millis;
        worst = worstDelay;
    }

    /// What streams between these two takes `delay` more each way.
    void slowLink(String a, String b, long millis, long delay) {
        Slowness slowness = new Slowness(agenda.now() + millis, delay);
        slowLinks.put(way(a, b), slowness);
        slowLinks.put(way(b, a), slowness);
    }

    /// What the store answers to this member takes `delay` more.
    void answerLate(String member, long millis, long delay) {
        lateAnswers.put(member, new Slowness(agenda.now() + millis, delay));
    }

    /// The next write of this member that travels alone takes so long.
    void delayNext(String member, long delay) {
        nextLate.put(member, delay);
    }

    void heal() {
        cutUntil.clear();
        wholeFrom = 0;
        slowLinks.clear();
        lateAnswers.clear();
        nextLate.clear();
        slowUntil = 0;
    }

    long delay() {
        return agenda.now() < slowUntil ? chance.delay(50, worst, 4) : chance.delay(3, 300, 50);
    }

    long streamDelay(String from, String to) {
        return delay() + (slowLinks.isEmpty() ? 0 : extra(slowLinks.get(way(from, to))));
    }

    long answerDelay(String member) {
        return delay() + extra(lateAnswers.get(member));
    }

    long aloneDelay(String member) {
        Long late = nextLate.remove(member);
        return late == null ? delay() : late;
    }

    private long extra(@org.jspecify.annotations.Nullable Slowness slowness) {
        return slowness == null || agenda.now() >= slowness.until() ? 0 : slowness.delay();
    }

    private static String way(String from, String to) {
        return from + '|' + to;
    }
}
