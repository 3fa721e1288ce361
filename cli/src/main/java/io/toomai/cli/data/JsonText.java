package io.toomai.cli.data;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// JSON text to values and back. Reads by streaming; writes in two layouts: compact, and with a
/// space after each separator as Python's `json.dumps` does, which scripts have learnt to expect.
public final class JsonText {
    private static final JsonFactory FACTORY = new JsonFactory();

    private JsonText() {}

    /// @throws DataException when the text is not one JSON value
    public static Json parse(String text) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() == null) {
                throw new DataException("empty text where JSON was expected");
            }
            Json value = value(parser);
            if (parser.nextToken() != null) {
                throw new DataException("more than one JSON value");
            }
            return value;
        } catch (JacksonException e) {
            throw new DataException("not JSON: " + e.getOriginalMessage(), e);
        }
    }

    /// Separators without spaces; for requests and files.
    public static String compact(Json value) {
        var out = new StringBuilder();
        write(value, new Layout(",", ":"), out);
        return out.toString();
    }

    /// `", "` and `": "`, one line, ASCII only.
    public static String spaced(Json value) {
        var out = new StringBuilder();
        write(value, new Layout(", ", ": "), out);
        return out.toString();
    }

    private record Layout(String comma, String colon) {}

    private static Json value(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                var fields = new LinkedHashMap<String, Json>();
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = parser.currentName();
                    parser.nextToken();
                    fields.put(name, value(parser));
                }
                yield new Json.Obj(fields);
            }
            case START_ARRAY -> {
                var items = new ArrayList<Json>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    items.add(value(parser));
                }
                yield new Json.Arr(items);
            }
            case VALUE_STRING -> new Json.Text(parser.getString());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Json.Num(parser.getString());
            case VALUE_TRUE -> new Json.Bool(true);
            case VALUE_FALSE -> new Json.Bool(false);
            case VALUE_NULL -> Json.Null.VALUE;
            case NOT_AVAILABLE, END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT ->
                    throw new DataException("broken JSON");
        };
    }

    private static void write(Json value, Layout layout, StringBuilder out) {
        switch (value) {
            case Json.Obj(var fields) -> {
                out.append('{');
                for (Iterator<Map.Entry<String, Json>> it = fields.entrySet().iterator();
                        it.hasNext(); ) {
                    var field = it.next();
                    quote(field.getKey(), out);
                    out.append(layout.colon());
                    write(field.getValue(), layout, out);
                    out.append(it.hasNext() ? layout.comma() : "");
                }
                out.append('}');
            }
            case Json.Arr(var items) -> {
                out.append('[');
                for (Iterator<Json> it = items.iterator(); it.hasNext(); ) {
                    write(it.next(), layout, out);
                    out.append(it.hasNext() ? layout.comma() : "");
                }
                out.append(']');
            }
            case Json.Text(var text) -> quote(text, out);
            case Json.Num _, Json.Bool _ -> out.append(value.scalar());
            case Json.Null _ -> out.append("null");
        }
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < 0x20 || c > 0x7e) {
                        out.append("\\u");
                        String hex = Integer.toHexString(c);
                        out.repeat('0', 4 - hex.length()).append(hex);
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
