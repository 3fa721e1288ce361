package io.toomai.agent.server;

import io.toomai.postgres.config.ParameterVerdict;
import io.toomai.settings.EffectivePostgres;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets through what PostgreSQL would start with (contract §4.4): a number out of range becomes the
/// nearest within, any other wrong value and an unknown name are left out, each with one warning. A
/// value that was not judged yet gives way to the last one that was. Any thread; only `judge`
/// waits.
final class ParameterGate {
    private static final Logger log = LoggerFactory.getLogger(ParameterGate.class);
    private static final int MOST_JUDGED = 10_000;
    private static final int LONGEST_QUOTE = 60;

    private final Judge check;
    private final Map<Setting, ParameterVerdict> judged = new HashMap<>();
    private final Map<String, String> lastGood = new HashMap<>();

    /// `ParameterCheck.check`, which throws nothing.
    @FunctionalInterface
    interface Judge {
        SortedMap<String, ParameterVerdict> of(SortedMap<String, String> parameters);
    }

    private record Setting(String name, String value) {}

    ParameterGate(Judge check) {
        this.check = check;
    }

    synchronized boolean knows(EffectivePostgres wanted) {
        return unjudged(wanted).isEmpty();
    }

    /// Asks PostgreSQL about what is new.
    void judge(EffectivePostgres wanted) {
        SortedMap<String, String> asked;
        synchronized (this) {
            if (judged.size() > MOST_JUDGED) {
                judged.clear();
            }
            asked = unjudged(wanted);
        }
        Map<String, ParameterVerdict> verdicts = check.of(asked); // without the lock: it waits
        synchronized (this) {
            verdicts.forEach((name, verdict) -> {
                String value = asked.getOrDefault(name, "");
                judged.put(new Setting(name, value), verdict);
                tell(name, value, verdict);
            });
        }
    }

    private static void tell(String name, String value, ParameterVerdict verdict) {
        switch (verdict) {
            case ParameterVerdict.Taken _ -> {}
            case ParameterVerdict.Clamped(var nearest, var reason) ->
                    log.warn(
                            "postgresql.parameters.{}: {}; {} is used instead of '{}'",
                            name,
                            reason,
                            nearest,
                            shortened(value));
            case ParameterVerdict.Dropped(var reason) ->
                    log.warn(
                            "postgresql.parameters.{}: '{}' is left out: {}",
                            name,
                            shortened(value),
                            reason);
        }
    }

    private static String shortened(String value) {
        return value.length() <= LONGEST_QUOTE ? value : value.substring(0, LONGEST_QUOTE) + "…";
    }

    synchronized EffectivePostgres passed(EffectivePostgres wanted) {
        return wanted.withParameters(passed(wanted.parameters()), passed(wanted.recoveryConf()));
    }

    private SortedMap<String, String> passed(SortedMap<String, String> wanted) {
        SortedMap<String, String> passed = new TreeMap<>();
        wanted.forEach((name, value) ->
                passed(name, value)
                        .ifPresent(good -> {
                            passed.put(name, good);
                            lastGood.put(name, good);
                        }));
        return passed;
    }

    private Optional<String> passed(String name, String value) {
        return switch (judged.get(new Setting(name, value))) {
            case null -> Optional.ofNullable(lastGood.get(name));
            case ParameterVerdict.Taken _ -> Optional.of(value);
            case ParameterVerdict.Clamped(var nearest, _) -> Optional.of(nearest);
            case ParameterVerdict.Dropped _ -> Optional.empty();
        };
    }

    private SortedMap<String, String> unjudged(EffectivePostgres wanted) {
        TreeMap<String, String> unknown = new TreeMap<>(wanted.recoveryConf());
        unknown.putAll(wanted.parameters());
        unknown.entrySet().removeIf(e -> judged.containsKey(new Setting(e.getKey(), e.getValue())));
        return unknown;
    }
}
