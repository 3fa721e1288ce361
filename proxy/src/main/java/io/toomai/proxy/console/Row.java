package io.toomai.proxy.console;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// A row of a table of the console, cell by cell. A cell may be NULL.
public final class Row {
    private final List<Optional<String>> cells = new ArrayList<>();

    /// In the order of the columns.
    public List<Optional<String>> cells() {
        return Collections.unmodifiableList(cells);
    }

    static Row of(String... texts) {
        Row row = new Row();
        for (String text : texts) {
            row.text(text);
        }
        return row;
    }

    Row text(String value) {
        cells.add(Optional.of(value));
        return this;
    }

    /// NULL where it is absent.
    Row text(Optional<String> value) {
        cells.add(value);
        return this;
    }

    Row number(long... values) {
        for (long value : values) {
            cells.add(Optional.of(Long.toString(value)));
        }
        return this;
    }

    @Override
    public String toString() {
        return cells.toString();
    }
}
