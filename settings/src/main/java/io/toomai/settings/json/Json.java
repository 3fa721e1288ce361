package io.toomai.settings.json;

import io.toomai.settings.text.SettingsException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/// A JSON (or YAML) value. Immutable; objects keep the order of their fields. Numbers keep their
/// spelling, because Patroni compares configuration values as text. A small tree of our own: a
/// library that binds data costs each agent 4 MB.
public sealed interface Json {
    record Obj(SequencedMap<String, Json> fields) implements Json {
        public static final Obj EMPTY = new Obj(new LinkedHashMap<>());

        public Obj {
            fields = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(fields));
        }

        /// The same object with that field added or replaced.
        public Obj with(String name, Json value) {
            var copy = new LinkedHashMap<>(fields);
            copy.put(name, value);
            return new Obj(copy);
        }

        public Obj with(String name, String value) {
            return with(name, new Text(value));
        }

        /// The same object without that field.
        public Obj without(String name) {
            var copy = new LinkedHashMap<>(fields);
            copy.remove(name);
            return new Obj(copy);
        }

        /// Equal whatever the order of the fields.
        public boolean sameAs(Obj other) {
            return new TreeMap<>(fields).equals(new TreeMap<>(other.fields));
        }
    }

    record Arr(List<Json> items) implements Json {
        public Arr {
            items = List.copyOf(items);
        }
    }

    record Text(String value) implements Json {}

    record Num(String literal) implements Json {}

    record Bool(boolean value) implements Json {}

    record Null() implements Json {
        public static final Null VALUE = new Null();
    }

    static Json of(String text) {
        return new Text(text);
    }

    static Json of(long number) {
        return new Num(Long.toString(number));
    }

    /// The value of a Java scalar: booleans and finite numbers as such, anything else as its text.
    static Json ofPlain(Object value) {
        return switch (value) {
            case Boolean flag -> new Bool(flag);
            case Double number when !Double.isFinite(number) -> new Text(number.toString());
            case Number number -> new Num(number.toString());
            default -> new Text(value.toString());
        };
    }

    /// An array of texts.
    static Arr texts(Stream<String> texts) {
        return new Arr(texts.map(Json::of).toList());
    }

    /// An object to be filled.
    static JsonFields object() {
        return new JsonFields();
    }

    /// Of a repeated key the last value counts, as in Patroni.
    ///
    /// @throws SettingsException INVALID_JSON when the text is not exactly one JSON value, or is
    ///   nested deeper than 500 levels
    static Json parse(String text) {
        return JsonReader.read(text);
    }

    /// The object that the text holds; empty when it is not JSON or not an object.
    static Optional<Obj> parseObject(String text) {
        try {
            return parse(text) instanceof Obj object ? Optional.of(object) : Optional.empty();
        } catch (SettingsException e) {
            return Optional.empty();
        }
    }

    /// As text: one line, ASCII only, separators without blanks.
    default String compact() {
        return JsonWriter.COMPACT.write(this);
    }

    /// As text: one line, ASCII only, a blank after comma and colon as Python's `json.dumps` does;
    /// scripts in the field grep for `"role": "primary"`.
    default String spaced() {
        return JsonWriter.SPACED.write(this);
    }

    /// That field of an object; null (the JSON value) when there is none.
    default Json at(String name) {
        return this instanceof Obj object
                ? object.fields().getOrDefault(name, Null.VALUE)
                : Null.VALUE;
    }

    /// That element of an array; null (the JSON value) when there is none.
    default Json at(int index) {
        return index < items().size() ? items().get(index) : Null.VALUE;
    }

    /// That field as text; empty when absent or not a scalar.
    default String textAt(String name) {
        return at(name).scalar();
    }

    /// That field as text; none when absent, null or not a scalar.
    default Optional<String> scalarAt(String name) {
        return switch (at(name)) {
            case Text _, Num _, Bool _ -> Optional.of(textAt(name));
            case Null _, Obj _, Arr _ -> Optional.empty();
        };
    }

    /// What a string says; none for anything else.
    default Optional<String> string() {
        return this instanceof Text(var value) ? Optional.of(value) : Optional.empty();
    }

    /// A scalar's text as an operator would write it; empty for null, objects and arrays.
    default String scalar() {
        return switch (this) {
            case Text text -> text.value();
            case Num number -> number.literal();
            case Bool bool -> Boolean.toString(bool.value());
            case Null _, Obj _, Arr _ -> "";
        };
    }

    /// A scalar as Boolean, Long, Double or String; none for null, objects and arrays.
    default Optional<Object> plain() {
        return switch (this) {
            case Bool(var value) -> Optional.of(value);
            case Num(var literal) -> {
                OptionalLong whole = whole();
                yield Optional.of(
                        whole.isPresent()
                                ? (Object) whole.getAsLong()
                                : Double.parseDouble(literal));
            }
            case Text(var value) -> Optional.of(value);
            case Null _, Obj _, Arr _ -> Optional.empty();
        };
    }

    /// A number without fraction or exponent that fits into 64 bits; none for anything else.
    default OptionalLong whole() {
        try {
            return this instanceof Num(var literal)
                    ? OptionalLong.of(Long.parseLong(literal))
                    : OptionalLong.empty();
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    default OptionalLong longAt(String name) {
        return at(name).whole();
    }

    /// Whether that field is `true`.
    default boolean isTrueAt(String name) {
        return at(name) instanceof Bool(var value) && value;
    }

    default List<Json> items() {
        return this instanceof Arr(var list) ? list : List.of();
    }

    default Map<String, Json> entries() {
        return this instanceof Obj(var map) ? map : Map.of();
    }

    default boolean isNull() {
        return this instanceof Null;
    }
}
