package io.toomai.simulation;

import java.util.Map;
import java.util.TreeMap;

/// Who reaches whom, and how long a message takes.
final class Network {
    static final String STORE = "store";

    private final Agenda agenda;
    private final Chance chance;
    private final Map<String, Long> cutUntil = new TreeMap<>();
    private long slowUntil;
    private long worst = 500;

    Network(Agenda agenda, Chance chance) {
        this.agenda = agenda;
        this.chance = chance;
    }

    boolean reaches(String a, String b) {
        return agenda.now() >= cutUntil.getOrDefault(pair(a, b), 0L);
    }

    void cut(String a, String b, long millis) {
        cutUntil.put(pair(a, b), agenda.now() + millis);
    }

    void slow(long millis, long worstDelay) {
        slowUntil = agenda.now() + millis;
        worst = worstDelay;
    }

    void heal() {
        cutUntil.clear();
        slowUntil = 0;
    }

    long delay() {
        return agenda.now() < slowUntil ? chance.delay(50, worst, 4) : chance.delay(3, 300, 50);
    }

    private static String pair(String a, String b) {
        return a.compareTo(b) < 0 ? a + '|' + b : b + '|' + a;
    }
}
