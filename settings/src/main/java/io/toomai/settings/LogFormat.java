package io.toomai.settings;

import java.util.List;

/// What one event of the log shows.
public sealed interface LogFormat {
    /// Nothing was asked for.
    record Standard() implements LogFormat {}

    /// Lines of text.
    ///
    /// @param text with attributes as Patroni's logging writes them: `%(levelname)-8s`
    record Line(String text) implements LogFormat {}

    /// The fields of a JSON object, in this order.
    record Fields(List<Field> fields) implements LogFormat {
        public Fields {
            fields = List.copyOf(fields);
        }
    }

    /// @param attribute what it holds, such as `levelname`
    /// @param shownAs its name in the object
    record Field(String attribute, String shownAs) {}
}
