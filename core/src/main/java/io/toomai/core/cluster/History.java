package io.toomai.core.cluster;

import io.toomai.core.model.Lsn;
import io.toomai.core.model.Timeline;
import java.util.List;
import java.util.Optional;

/// The `history` key: every timeline switch of the cluster (contract §1.2).
///
/// @param present whether the key held a list; an empty list means timeline 1
public record History(Presence present, List<Line> lines) {
    public static final History ABSENT = new History(Presence.ABSENT, List.of());

    public History {
        lines = List.copyOf(lines);
    }

    /// Whether there was a readable key.
    public enum Presence {
        ABSENT,
        PRESENT
    }

    /// The end of one timeline.
    ///
    /// @param timestamp ISO 8601 text; absent on lines of old versions
    public record Line(
            Timeline timeline,
            Lsn switchpoint,
            String reason,
            Optional<String> timestamp,
            Optional<String> newLeader) {}

    /// Who was promoted last, where that was written down.
    public Optional<String> latestLeader() {
        return lines.isEmpty() ? Optional.empty() : lines.getLast().newLeader();
    }

    /// The newest lines, as many as are kept; 0 keeps all (`max_timelines_history`).
    public History newest(int kept) {
        return kept <= 0 || lines.size() <= kept
                ? this
                : new History(present, lines.subList(lines.size() - kept, lines.size()));
    }

    /// Whether what became of that timeline is among the lines that are not kept any more.
    public boolean isCutAfter(Timeline timeline) {
        return !lines.isEmpty() && timeline.isBefore(lines.getFirst().timeline());
    }

    /// The cluster's timeline: last line plus one, 1 for an empty list, else unknown.
    public Timeline clusterTimeline() {
        if (lines.isEmpty()) {
            return present == Presence.PRESENT ? new Timeline(1) : Timeline.UNKNOWN;
        }
        return new Timeline(lines.getLast().timeline().number() + 1);
    }
}
