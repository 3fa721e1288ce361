package io.toomai.cli.view;

import java.util.ArrayList;
import java.util.List;

/// A framed table as patronictl prints it. A title, when there is one, is written over the top
/// rule; rules stand between all rows as soon as one cell has several lines.
///
/// @param title empty for none
public record TextTable(String title, List<Column> columns, List<List<String>> rows) {
    public TextTable {
        columns = List.copyOf(columns);
        rows = rows.stream().map(List::copyOf).toList();
    }

    /// Where a column's text stands, heading included.
    public enum Align {
        LEFT,
        RIGHT
    }

    public record Column(String heading, Align align) {}

    /// The lines, joined by line feeds, without one at the end.
    public String render() {
        return render(Paint.NONE);
    }

    /// Colours whole cells after they were laid out, so widths do not change.
    @FunctionalInterface
    public interface Paint {
        Paint NONE = (_, _, text) -> text;

        /// @param row index into the rows
        String paint(int row, String heading, String paddedCell);
    }

    public String render(Paint paint) {
        int[] widths = widths();
        String rule = rule(widths);
        boolean ruled = rows.stream().anyMatch(row -> row.stream().anyMatch(c -> c.contains("\n")));
        var lines = new ArrayList<String>();
        lines.add(titled(rule));
        lines.add(line(widths, columns.stream().map(Column::heading).toList(), (_, text) -> text));
        lines.add(rule);
        for (int i = 0; i < rows.size(); i++) {
            int row = i;
            if (ruled && i > 0) {
                lines.add(rule);
            }
            for (List<String> part : parts(rows.get(i))) {
                lines.add(
                        line(
                                widths,
                                part,
                                (column, text) ->
                                        paint.paint(row, columns.get(column).heading(), text)));
            }
        }
        if (!rows.isEmpty()) {
            lines.add(rule);
        }
        return String.join("\n", lines);
    }

    private String titled(String rule) {
        if (title.isEmpty()) {
            return rule;
        }
        int end = 1 + title.length();
        return rule.charAt(0) + title + (end < rule.length() ? rule.substring(end) : "");
    }

    private int[] widths() {
        int[] widths = new int[columns.size()];
        for (int c = 0; c < widths.length; c++) {
            widths[c] = width(columns.get(c).heading());
            for (List<String> row : rows) {
                for (String part : row.get(c).split("\n", -1)) {
                    widths[c] = Math.max(widths[c], width(part));
                }
            }
        }
        return widths;
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }

    private static String rule(int[] widths) {
        var out = new StringBuilder("+");
        for (int width : widths) {
            out.repeat('-', width + 2).append('+');
        }
        return out.toString();
    }

    private static List<List<String>> parts(List<String> row) {
        List<String[]> cells = row.stream().map(cell -> cell.split("\n", -1)).toList();
        int height = cells.stream().mapToInt(cell -> cell.length).max().orElse(1);
        var parts = new ArrayList<List<String>>();
        for (int i = 0; i < height; i++) {
            int line = i;
            parts.add(cells.stream().map(c -> line < c.length ? c[line] : "").toList());
        }
        return parts;
    }

    @FunctionalInterface
    private interface CellPaint {
        String paint(int column, String text);
    }

    private String line(int[] widths, List<String> cells, CellPaint paint) {
        var out = new StringBuilder("|");
        for (int c = 0; c < widths.length; c++) {
            String cell = cells.get(c);
            String gap = " ".repeat(widths[c] - width(cell));
            String padded = columns.get(c).align() == Align.RIGHT ? gap + cell : cell + gap;
            out.append(' ').append(paint.paint(c, padded)).append(" |");
        }
        return out.toString();
    }
}
