package io.toomai.agent.journal;

import io.toomai.core.ha.HaView;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import io.toomai.settings.text.SettingsException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// A whole view as JSON and back, so that a decision seen in production becomes a test. Walks the
/// records themselves: a new component needs no line here. Where a type is sealed, `is` names the
/// case.
public final class ViewJson {
    private static final String CASE = "is";

    private ViewJson() {}

    public static Json write(HaView view) {
        return node(view, HaView.class);
    }

    /// Reads what `write` made.
    ///
    /// @throws IllegalArgumentException when it is something else
    public static HaView read(String json) {
        try {
            return (HaView) value(Json.parse(json), HaView.class);
        } catch (DateTimeException | SettingsException e) {
            throw new IllegalArgumentException("not a view of this version", e);
        }
    }

    private static Json node(Object value, Class<?> declared) {
        return switch (value) {
            case Optional<?> optional ->
                    optional.map(inner -> node(inner, inner.getClass())).orElse(Json.Null.VALUE);
            case OptionalInt number ->
                    number.isPresent() ? node(number.getAsInt(), int.class) : Json.Null.VALUE;
            case OptionalLong number ->
                    number.isPresent() ? node(number.getAsLong(), int.class) : Json.Null.VALUE;
            case Map<?, ?> map -> {
                JsonFields object = Json.object();
                map.forEach((k, v) -> object.put(key(k), node(v, v.getClass())));
                yield object.done();
            }
            case Collection<?> list -> {
                List<Json> items = new ArrayList<>();
                list.forEach(element -> items.add(node(element, declaredCase(element))));
                yield new Json.Arr(items);
            }
            case Record simple when isSingleWord(simple.getClass()) ->
                    node(
                            component(simple, simple.getClass().getRecordComponents()[0]),
                            Object.class);
            case Record fields -> {
                JsonFields object = Json.object();
                if (declared.isInterface()) {
                    object.put(CASE, fields.getClass().getSimpleName());
                }
                for (RecordComponent c : fields.getClass().getRecordComponents()) {
                    object.put(c.getName(), node(component(fields, c), c.getType()));
                }
                yield object.done();
            }
            case Enum<?> constant -> Json.of(constant.name());
            default -> Json.ofPlain(value);
        };
    }

    /// Elements of collections may be cases of a sealed type: their interface decides.
    private static Class<?> declaredCase(Object element) {
        return Arrays.stream(element.getClass().getInterfaces())
                .filter(Class::isSealed)
                .findFirst()
                .<Class<?>>map(c -> c)
                .orElse(element.getClass());
    }

    private static boolean isSingleWord(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        return components.length == 1
                && type.getInterfaces().length <= 1
                && !sealedCase(type)
                && (components[0].getType().isPrimitive()
                        || components[0].getType() == String.class);
    }

    private static boolean sealedCase(Class<?> type) {
        return Arrays.stream(type.getInterfaces()).anyMatch(Class::isSealed);
    }

    private static String key(Object key) {
        return key instanceof Record simple
                ? String.valueOf(component(simple, simple.getClass().getRecordComponents()[0]))
                : key.toString();
    }

    private static Object component(Record owner, RecordComponent component) {
        try {
            return component.getAccessor().invoke(owner);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("a view's record cannot be read: " + component, e);
        }
    }

    // ---- back

    private static Object value(Json node, Type type) {
        if (type instanceof ParameterizedType generic) {
            return container(node, (Class<?>) generic.getRawType(), generic);
        }
        Class<?> raw = (Class<?>) type;
        if (raw.isRecord()) {
            return isSingleWord(raw) ? word(node, raw) : record(node, raw);
        }
        if (raw.isSealed() && raw.isInterface()) {
            return record(node, caseOf(raw, node.textAt(CASE)));
        }
        if (raw == OptionalInt.class) {
            return node.isNull()
                    ? OptionalInt.empty()
                    : OptionalInt.of(Integer.parseInt(node.scalar()));
        }
        if (raw == OptionalLong.class) {
            return node.isNull()
                    ? OptionalLong.empty()
                    : OptionalLong.of(Long.parseLong(node.scalar()));
        }
        return scalar(node, raw);
    }

    private static Object scalar(Json node, Class<?> raw) {
        if (raw.isEnum()) {
            return Arrays.stream(raw.getEnumConstants())
                    .filter(c -> ((Enum<?>) c).name().equals(node.scalar()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(node + " is no " + raw));
        }
        if (raw == long.class || raw == Long.class) {
            return Long.parseLong(node.scalar());
        }
        if (raw == int.class || raw == Integer.class) {
            return Integer.parseInt(node.scalar());
        }
        if (raw == boolean.class || raw == Boolean.class) {
            return node instanceof Json.Bool(var flag) && flag;
        }
        if (raw == Duration.class) {
            return Duration.parse(node.scalar());
        }
        if (raw == Instant.class) {
            return Instant.parse(node.scalar());
        }
        if (raw == Object.class) {
            return node.plain().orElse("");
        }
        return node.scalar();
    }

    private static Object container(Json node, Class<?> raw, ParameterizedType generic) {
        Type[] arguments = generic.getActualTypeArguments();
        if (raw == Optional.class) {
            return node.isNull() ? Optional.empty() : Optional.of(value(node, arguments[0]));
        }
        if (raw == Map.class || raw == java.util.SortedMap.class) {
            TreeMap<Object, Object> map = new TreeMap<>();
            node.entries()
                    .forEach((key, element) ->
                            map.put(
                                    value(Json.of(key), arguments[0]),
                                    value(element, arguments[1])));
            return map;
        }
        if (raw == List.class || raw == Set.class || raw == SortedSet.class) {
            List<Object> list = new ArrayList<>();
            node.items().forEach(element -> list.add(value(element, arguments[0])));
            return raw == List.class ? list : new TreeSet<>(list);
        }
        return record(node, raw, generic);
    }

    private static Class<?> caseOf(Class<?> sealed, String name) {
        return cases(sealed)
                .filter(c -> c.getSimpleName().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "'" + name + "' is no case of " + sealed.getSimpleName()));
    }

    /// The records behind a sealed interface, also those behind a sealed part of it.
    private static Stream<Class<?>> cases(Class<?> type) {
        return type.isSealed()
                ? Arrays.stream(type.getPermittedSubclasses()).flatMap(ViewJson::cases)
                : Stream.of(type);
    }

    private static Object word(Json node, Class<?> raw) {
        return construct(raw, new Object[] {value(node, raw.getRecordComponents()[0].getType())});
    }

    private static Object record(Json node, Class<?> raw) {
        return record(node, raw, null);
    }

    private static Object record(
            Json node, Class<?> raw, @org.jspecify.annotations.Nullable ParameterizedType generic) {
        RecordComponent[] components = raw.getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            Type declared = components[i].getGenericType();
            Type type =
                    declared instanceof java.lang.reflect.TypeVariable<?> && generic != null
                            ? generic.getActualTypeArguments()[0]
                            : declared;
            values[i] = value(node.at(components[i].getName()), type);
        }
        return construct(raw, values);
    }

    private static Object construct(Class<?> raw, Object[] values) {
        try {
            Class<?>[] types =
                    Arrays.stream(raw.getRecordComponents())
                            .map(RecordComponent::getType)
                            .toArray(Class<?>[]::new);
            Constructor<?> constructor = raw.getDeclaredConstructor(types);
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("no " + raw.getSimpleName() + " in the view", e);
        }
    }
}
