package io.toomai.proxy.route;

import io.toomai.core.model.Timeline;

/// How new a picture of the cluster is. It only grows: with each holder of the leader key, and with
/// each promotion.
///
/// @param term of the leader key, such as the store tells it; [#NO_TERM] where it is not told
/// @param timeline of the leader; unknown is no statement
public record Epoch(long term, Timeline timeline) implements Comparable<Epoch> {
    /// Who asks the members instead of the store learns no term.
    public static final long NO_TERM = -1;

    /// Before any other.
    public static final Epoch NONE = new Epoch(NO_TERM, Timeline.UNKNOWN);

    boolean hasTerm() {
        return term != NO_TERM;
    }

    /// The same, with what an earlier picture of this term said where this one says nothing.
    public Epoch after(Epoch before) {
        return term == before.term && !timeline.isKnown() ? before : this;
    }

    @Override
    public int compareTo(Epoch other) {
        int byTerm = Long.compare(term, other.term);
        return byTerm != 0 ? byTerm : timeline.compareTo(other.timeline);
    }

    @Override
    public String toString() {
        return hasTerm() ? timeline + "/" + term : timeline.toString();
    }
}
