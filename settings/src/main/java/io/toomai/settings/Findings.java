package io.toomai.settings;

import io.toomai.settings.text.Position;
import java.util.ArrayList;
import java.util.List;

/// Collects what a check has to say. Used by one thread during one check.
final class Findings {
    private final List<Problem> problems = new ArrayList<>();
    private final List<Warning> warnings = new ArrayList<>();

    void problem(Position at, String key, String message) {
        problems.add(Problem.at(at, key, message));
    }

    void warning(Position at, String key, String message) {
        warnings.add(Warning.at(at, key, message));
    }

    boolean isClean() {
        return problems.isEmpty();
    }

    List<Problem> problems() {
        return List.copyOf(problems);
    }

    List<Warning> warnings() {
        return List.copyOf(warnings);
    }
}
