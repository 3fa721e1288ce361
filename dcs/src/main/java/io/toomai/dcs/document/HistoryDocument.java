package io.toomai.dcs.document;

import io.toomai.core.cluster.History;
import io.toomai.core.cluster.History.Line;
import io.toomai.core.cluster.History.Presence;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.Timeline;
import io.toomai.settings.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// `history` (contract §1.2): one array per timeline switch, of three to five elements.
public final class HistoryDocument {
    private HistoryDocument() {}

    public static String write(History history) {
        List<Json> rows = new ArrayList<>();
        for (Line line : history.lines()) {
            List<Json> row = new ArrayList<>();
            row.add(Json.of(line.timeline().number()));
            row.add(Json.of(line.switchpoint().bytes()));
            row.add(Json.of(line.reason()));
            // A name without a time would slip into the time's place.
            if (line.timestamp().isPresent()) {
                row.add(Json.of(line.timestamp().get()));
                line.newLeader().map(Json::of).ifPresent(row::add);
            }
            rows.add(new Json.Arr(row));
        }
        return new Json.Arr(rows).compact();
    }

    /// Unreadable lines are left out; when the last one is unreadable nobody knows the cluster's
    /// timeline, and the whole document counts as absent.
    public static History read(String text) {
        if (!(DocumentJson.parse(text) instanceof Json.Arr(var rows))) {
            return History.ABSENT;
        }
        List<Line> lines = new ArrayList<>();
        Optional<Line> last = Optional.empty();
        for (Json row : rows) {
            last = line(row);
            last.ifPresent(lines::add);
        }
        return last.isEmpty() && !rows.isEmpty()
                ? History.ABSENT
                : new History(Presence.PRESENT, lines);
    }

    private static Optional<Line> line(Json row) {
        OptionalLong timeline = DocumentJson.integer(row.at(0));
        Optional<Lsn> switchpoint = DocumentJson.lsn(row.at(1));
        // The cluster's timeline is this one plus one: that must still be a timeline.
        boolean readable =
                timeline.isPresent()
                        && timeline.getAsLong() > 0
                        && timeline.getAsLong() < Integer.MAX_VALUE
                        && switchpoint.isPresent();
        if (!readable) {
            return Optional.empty();
        }
        return Optional.of(
                new Line(
                        new Timeline((int) timeline.getAsLong()),
                        switchpoint.get(),
                        row.at(2).string().orElse(""),
                        row.at(3).string(),
                        row.at(4).string()));
    }
}
