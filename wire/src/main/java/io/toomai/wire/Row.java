package io.toomai.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One row of an answer, its values in text form. A missing value is SQL's NULL.
public final class Row {
    private final List<Optional<byte[]>> values;

    Row(List<Optional<byte[]>> values) {
        this.values = List.copyOf(values);
    }

    static Row parse(Payload payload) {
        int count = payload.int16();
        List<Optional<byte[]>> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int length = payload.int32();
            values.add(length == -1 ? Optional.empty() : Optional.of(payload.bytes(length)));
        }
        return new Row(values);
    }

    public int size() {
        return values.size();
    }

    /// The value of a column, counted from 0; empty for NULL.
    ///
    /// @throws WireException when the row has no such column
    public Optional<String> text(int column) {
        return value(column).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    /// The value of a column that the protocol promises not to be NULL.
    public String required(int column) {
        return text(column).orElseThrow(() -> surprise("NULL in column " + column));
    }

    byte[] requiredBytes(int column) {
        return value(column).orElseThrow(() -> surprise("NULL in column " + column)).clone();
    }

    int requiredInt(int column) {
        String text = required(column);
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw surprise("not a number in column " + column + ": " + text);
        }
    }

    /// A position in the write-ahead log in PostgreSQL's text form.
    String requiredLsn(int column) {
        String text = required(column);
        if (!text.matches("[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}")) {
            throw surprise("not an LSN in column " + column + ": " + text);
        }
        return text;
    }

    private Optional<byte[]> value(int column) {
        if (column < 0 || column >= values.size()) {
            throw surprise("no column " + column + " in a row of " + values.size());
        }
        return values.get(column);
    }

    private static WireException surprise(String what) {
        return new WireException(
                WireException.Code.WIRE_PROTOCOL, "unexpected answer of the server: " + what);
    }
}
