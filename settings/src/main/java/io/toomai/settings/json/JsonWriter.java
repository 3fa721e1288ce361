package io.toomai.settings.json;

import java.util.Iterator;
import java.util.Map;

/// JSON values to text of one line, ASCII only as Patroni writes.
record JsonWriter(String comma, String colon) {
    static final JsonWriter COMPACT = new JsonWriter(",", ":");
    static final JsonWriter SPACED = new JsonWriter(", ", ": ");

    String write(Json value) {
        var out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private void write(Json value, StringBuilder out) {
        switch (value) {
            case Json.Obj(var fields) -> {
                out.append('{');
                for (Iterator<Map.Entry<String, Json>> it = fields.entrySet().iterator();
                        it.hasNext(); ) {
                    var field = it.next();
                    quote(field.getKey(), out);
                    out.append(colon);
                    write(field.getValue(), out);
                    out.append(it.hasNext() ? comma : "");
                }
                out.append('}');
            }
            case Json.Arr(var items) -> {
                out.append('[');
                for (Iterator<Json> it = items.iterator(); it.hasNext(); ) {
                    write(it.next(), out);
                    out.append(it.hasNext() ? comma : "");
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
