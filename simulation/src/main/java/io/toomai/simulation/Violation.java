package io.toomai.simulation;

/// An invariant of design.md §8 does not hold; carries the story that led there.
public final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String invariant;
    private final String what;

    Violation(String invariant, String what, String story) {
        super(invariant + ": " + what + "\n" + story);
        this.invariant = invariant;
        this.what = what;
    }

    /// One line.
    public String summary() {
        return invariant + ": " + what;
    }

    /// `I1` … `I6`, `I9`.
    public String invariant() {
        return invariant;
    }
}
