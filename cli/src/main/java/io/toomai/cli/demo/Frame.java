package io.toomai.cli.demo;

import io.toomai.cli.demo.DemoCluster.Condition;
import io.toomai.cli.demo.DemoView.Row;
import io.toomai.cli.view.TextTable;
import io.toomai.cli.view.TextTable.Align;
import io.toomai.cli.view.TextTable.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Lays a view out as lines for a terminal of a given size. Pure.
final class Frame {
    static final String KEYS =
            "[k]ill -9 postmaster  [n]ode kill  [f]reeze  [s]witch over  [b]ring back  [q]uit";
    private static final int LINES_AROUND_EVENTS = 7;
    private static final List<Column> COLUMNS =
            List.of(
                    new Column("Member", Align.LEFT),
                    new Column("Port", Align.RIGHT),
                    new Column("Role", Align.LEFT),
                    new Column("State", Align.LEFT),
                    new Column("TL", Align.RIGHT),
                    new Column("Lag", Align.RIGHT));

    private Frame() {}

    record Size(int rows, int columns) {}

    /// Never more lines than rows; lines are cut at the terminal's width.
    static List<String> of(DemoView view, Size size) {
        var lines = new ArrayList<String>();
        lines.add(view.heading());
        lines.add("");
        lines.addAll(table(view).lines().toList());
        lines.add(writes(view));
        lines.add("");
        int room = size.rows() - lines.size() - 2;
        List<String> events = view.events();
        int shown =
                Math.max(0, Math.min(events.size(), room - view.pending().map(_ -> 1).orElse(0)));
        lines.addAll(events.subList(events.size() - shown, events.size()));
        view.pending().ifPresent(text -> lines.add("… " + text));
        while (lines.size() < Math.min(size.rows() - 1, LINES_AROUND_EVENTS)) {
            lines.add("");
        }
        lines.add("");
        lines.add(KEYS);
        var fitting = lines.subList(0, Math.min(lines.size(), size.rows()));
        return fitting.stream().map(line -> cut(line, size.columns())).toList();
    }

    private static String table(DemoView view) {
        List<List<String>> cells =
                view.rows().stream()
                        .map(row ->
                                List.of(
                                        row.name(),
                                        row.port(),
                                        row.role(),
                                        state(row),
                                        row.timeline(),
                                        row.lag()))
                        .toList();
        return new TextTable("", COLUMNS, cells).render();
    }

    private static String state(Row row) {
        return switch (row.condition()) {
            case RUNNING -> row.state();
            case FROZEN -> "frozen by you";
            case KILLED -> "killed by you";
        };
    }

    private static String writes(DemoView view) {
        double seconds = view.silence().toMillis() / 1000.0;
        return seconds < 0.3
                ? "writing: %,d rows confirmed".formatted(view.confirmedRows())
                : String.format(
                        Locale.ROOT,
                        "WRITES STAND STILL for %.1f s; %,d rows confirmed",
                        seconds,
                        view.confirmedRows());
    }

    private static String cut(String line, int width) {
        return line.length() <= width ? line : line.substring(0, Math.max(0, width));
    }

    /// Condition and state of a member that says nothing.
    static Row silent(DemoPlan.NodePlan node, Condition condition) {
        return new Row(
                node.name(),
                "",
                "no answer",
                "",
                "",
                Integer.toString(node.ports().postgres()),
                condition);
    }
}
