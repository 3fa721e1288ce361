package io.toomai.wire;

import java.util.List;

/// What one command answered: column names, rows, and the command tag (`SELECT 1`).
public record QueryResult(List<String> columns, List<Row> rows, String tag) {
    public QueryResult {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }

    /// The only row.
    ///
    /// @throws WireException when there is none or more than one
    public Row onlyRow() {
        if (rows.size() != 1) {
            throw new WireException(
                    WireException.Code.WIRE_PROTOCOL,
                    "the server answered " + rows.size() + " rows where one was expected");
        }
        return rows.getFirst();
    }
}
