package io.toomai.settings.text;

import io.toomai.settings.text.Tree.Kind;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Scalar;
import io.toomai.settings.text.Tree.Sequence;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.core.json.JsonFactory;

/// Reads and writes JSON as a `Tree`. Stateless. Of a repeated key the last one counts, as in
/// Patroni.
public final class JsonText {
    private static final JsonFactory FACTORY = new JsonFactory();

    private JsonText() {}

    /// @param source the name that positions carry, such as `/config`
    public static Parsed read(String json, String source) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
            if (parser.nextToken() == null) {
                return broken(new Position(source, 1), "the text is empty, not JSON");
            }
            Tree tree = value(parser, source, at(parser, source));
            if (parser.nextToken() != null) {
                return broken(at(parser, source), "something follows the end of the JSON value");
            }
            return new Parsed.Whole(tree);
        } catch (UnexpectedEndOfInputException e) {
            return broken(at(e, source), "the JSON text ends too early: it was cut off");
        } catch (JacksonException e) {
            int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
            return broken(at(e, source), "not valid JSON at column " + column);
        }
    }

    /// Compact JSON with the keys in the tree's order.
    public static String write(Tree tree) {
        StringWriter out = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
            write(tree, generator);
        }
        return out.toString();
    }

    private static Parsed broken(Position at, String message) {
        return new Parsed.Broken(List.of(new Parsed.Fault(at, message)));
    }

    private static Position at(JsonParser parser, String source) {
        return new Position(source, parser.currentTokenLocation().getLineNr());
    }

    private static Position at(JacksonException e, String source) {
        return new Position(source, e.getLocation() == null ? 1 : e.getLocation().getLineNr());
    }

    private static Tree value(JsonParser parser, String source, Position at) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> mapping(parser, source, at);
            case START_ARRAY -> sequence(parser, source, at);
            case VALUE_NUMBER_INT -> new Scalar(at, Kind.WHOLE, parser.getString());
            case VALUE_NUMBER_FLOAT -> new Scalar(at, Kind.REAL, parser.getString());
            case VALUE_TRUE -> new Scalar(at, Kind.FLAG, "true");
            case VALUE_FALSE -> new Scalar(at, Kind.FLAG, "false");
            case VALUE_NULL -> new Scalar(at, Kind.NULL, "");
            case VALUE_STRING -> new Scalar(at, Kind.TEXT, parser.getString());
            case END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
                    throw new IllegalStateException("JSON parser gave " + parser.currentToken());
        };
    }

    private static Mapping mapping(JsonParser parser, String source, Position at) {
        Map<String, Tree> entries = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            Position keyAt = at(parser, source);
            parser.nextToken();
            entries.put(name, value(parser, source, keyAt));
        }
        return new Mapping(at, entries);
    }

    private static Sequence sequence(JsonParser parser, String source, Position at) {
        List<Tree> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(value(parser, source, at(parser, source)));
        }
        return new Sequence(at, items);
    }

    private static void write(Tree tree, JsonGenerator out) {
        switch (tree) {
            case Mapping mapping -> {
                out.writeStartObject();
                mapping.entries()
                        .forEach((name, child) -> {
                            out.writeName(name);
                            write(child, out);
                        });
                out.writeEndObject();
            }
            case Sequence sequence -> {
                out.writeStartArray();
                sequence.items().forEach(item -> write(item, out));
                out.writeEndArray();
            }
            case Scalar scalar -> write(scalar, out);
        }
    }

    private static void write(Scalar scalar, JsonGenerator out) {
        switch (scalar.kind()) {
            case TEXT -> out.writeString(scalar.text());
            case WHOLE, REAL -> out.writeNumber(scalar.text());
            case FLAG -> out.writeBoolean(scalar.text().equals("true"));
            case NULL -> out.writeNull();
        }
    }
}
