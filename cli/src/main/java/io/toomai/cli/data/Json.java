package io.toomai.cli.data;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.TreeMap;

/// A JSON (or YAML) value. Immutable; objects keep the order of their fields. Numbers keep their
/// spelling, because Patroni compares configuration values as text.
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

    /// That field of an object; null (the JSON value) when there is none.
    default Json at(String name) {
        return this instanceof Obj object
                ? object.fields().getOrDefault(name, Null.VALUE)
                : Null.VALUE;
    }

    /// That field as text; empty when absent or not a scalar.
    default String textAt(String name) {
        return at(name).scalar();
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

    default OptionalLong longAt(String name) {
        try {
            return at(name) instanceof Num(var literal)
                    ? OptionalLong.of(Long.parseLong(literal))
                    : OptionalLong.empty();
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
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
