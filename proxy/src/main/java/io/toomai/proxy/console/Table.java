package io.toomai.proxy.console;

import java.util.List;

/// What a SHOW answers.
public record Table(List<Column> columns, List<Row> rows) {
    public Table {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }
}
