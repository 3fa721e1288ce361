package io.toomai.dcs.document;

import io.toomai.core.cluster.History;
import io.toomai.core.cluster.History.Line;
import io.toomai.core.cluster.History.Presence;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.Timeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// `history` (contract §1.2): one array per timeline switch, of three to five elements.
public final class HistoryDocument {
    private HistoryDocument() {}

    public static String write(History history) {
        ArrayNode json = JsonNodeFactory.instance.arrayNode();
        for (Line line : history.lines()) {
            ArrayNode row = json.addArray();
            row.add(line.timeline().number());
            row.add(line.switchpoint().bytes());
            row.add(line.reason());
            // A name without a time would slip into the time's place.
            if (line.timestamp().isPresent()) {
                row.add(line.timestamp().get());
                line.newLeader().ifPresent(row::add);
            }
        }
        return DocumentJson.text(json);
    }

    /// Unreadable lines are left out; when the last one is unreadable nobody knows the cluster's
    /// timeline, and the whole document counts as absent.
    public static History read(String text) {
        JsonNode json = DocumentJson.parse(text);
        if (!json.isArray()) {
            return History.ABSENT;
        }
        List<Line> lines = new ArrayList<>();
        Optional<Line> last = Optional.empty();
        for (JsonNode row : json) {
            last = line(row);
            last.ifPresent(lines::add);
        }
        return last.isEmpty() && !json.isEmpty()
                ? History.ABSENT
                : new History(Presence.PRESENT, lines);
    }

    private static Optional<Line> line(JsonNode row) {
        OptionalLong timeline = DocumentJson.integer(row.path(0));
        Optional<Lsn> switchpoint = DocumentJson.lsn(row.path(1));
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
                        element(row, 2).orElse(""),
                        element(row, 3),
                        element(row, 4)));
    }

    private static Optional<String> element(JsonNode row, int index) {
        JsonNode value = row.path(index);
        return value.isString() ? Optional.of(value.stringValue()) : Optional.empty();
    }
}
