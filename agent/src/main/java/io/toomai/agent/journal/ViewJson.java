package io.toomai.agent.journal;

import io.toomai.core.ha.HaView;
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
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A whole view as JSON and back, so that a decision seen in production becomes a test. Walks the
/// records themselves: a new component needs no line here. Where a type is sealed, `is` names the
/// case.
public final class ViewJson {
    private static final String CASE = "is";
    private static final JsonMapper MAPPER = new JsonMapper();

    private ViewJson() {}

    public static ObjectNode write(HaView view) {
        return (ObjectNode) node(view, HaView.class);
    }

    /// Reads what `write` made.
    ///
    /// @throws IllegalArgumentException when it is something else
    public static HaView read(String json) {
        try {
            return (HaView) value(MAPPER.readTree(json), HaView.class);
        } catch (DateTimeException | JacksonException e) {
            throw new IllegalArgumentException("not a view of this version", e);
        }
    }

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    private static JsonNode node(Object value, Class<?> declared) {
        return switch (value) {
            case Optional<?> optional ->
                    optional.map(inner -> node(inner, inner.getClass()))
                            .orElseGet(MAPPER::nullNode);
            case Map<?, ?> map -> {
                ObjectNode object = object();
                map.forEach((k, v) -> object.set(key(k), node(v, v.getClass())));
                yield object;
            }
            case Collection<?> list -> {
                ArrayNode array = MAPPER.createArrayNode();
                list.forEach(element -> array.add(node(element, declaredCase(element))));
                yield array;
            }
            case Record simple when isSingleWord(simple.getClass()) ->
                    node(
                            component(simple, simple.getClass().getRecordComponents()[0]),
                            Object.class);
            case Record fields -> {
                ObjectNode object = object();
                if (declared.isInterface()) {
                    object.put(CASE, fields.getClass().getSimpleName());
                }
                for (RecordComponent c : fields.getClass().getRecordComponents()) {
                    object.set(c.getName(), node(component(fields, c), c.getType()));
                }
                yield object;
            }
            case Enum<?> constant -> MAPPER.valueToTree(constant.name());
            case Duration duration -> MAPPER.valueToTree(duration.toString());
            case Instant instant -> MAPPER.valueToTree(instant.toString());
            case Boolean b -> MAPPER.valueToTree(b);
            case Number n -> MAPPER.valueToTree(n);
            default -> MAPPER.valueToTree(value.toString());
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

    private static Object value(JsonNode node, Type type) {
        if (type instanceof ParameterizedType generic) {
            return container(node, (Class<?>) generic.getRawType(), generic);
        }
        Class<?> raw = (Class<?>) type;
        if (raw.isRecord()) {
            return isSingleWord(raw) ? word(node, raw) : record(node, raw);
        }
        if (raw.isSealed() && raw.isInterface()) {
            return record(node, caseOf(raw, node.path(CASE).asString()));
        }
        return scalar(node, raw);
    }

    private static Object scalar(JsonNode node, Class<?> raw) {
        if (raw.isEnum()) {
            return Arrays.stream(raw.getEnumConstants())
                    .filter(c -> ((Enum<?>) c).name().equals(node.asString()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(node + " is no " + raw));
        }
        if (raw == long.class || raw == Long.class) {
            return node.asLong();
        }
        if (raw == int.class || raw == Integer.class) {
            return node.asInt();
        }
        if (raw == boolean.class || raw == Boolean.class) {
            return node.asBoolean();
        }
        if (raw == Duration.class) {
            return Duration.parse(node.asString());
        }
        if (raw == Instant.class) {
            return Instant.parse(node.asString());
        }
        if (raw == Object.class) {
            return plain(node);
        }
        return node.asString();
    }

    private static Object plain(JsonNode node) {
        if (node.isBoolean()) {
            return node.asBoolean();
        }
        if (node.isIntegralNumber()) {
            return node.asLong();
        }
        return node.isNumber() ? (Object) node.asDouble() : node.asString();
    }

    private static Object container(JsonNode node, Class<?> raw, ParameterizedType generic) {
        Type[] arguments = generic.getActualTypeArguments();
        if (raw == Optional.class) {
            return node.isNull() || node.isMissingNode()
                    ? Optional.empty()
                    : Optional.of(value(node, arguments[0]));
        }
        if (raw == Map.class || raw == java.util.SortedMap.class) {
            TreeMap<Object, Object> map = new TreeMap<>();
            node.properties()
                    .forEach(e ->
                            map.put(
                                    value(MAPPER.valueToTree(e.getKey()), arguments[0]),
                                    value(e.getValue(), arguments[1])));
            return map;
        }
        if (raw == List.class || raw == Set.class || raw == SortedSet.class) {
            List<Object> list = new ArrayList<>();
            node.forEach(element -> list.add(value(element, arguments[0])));
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

    private static Object word(JsonNode node, Class<?> raw) {
        return construct(raw, new Object[] {value(node, raw.getRecordComponents()[0].getType())});
    }

    private static Object record(JsonNode node, Class<?> raw) {
        return record(node, raw, null);
    }

    private static Object record(
            JsonNode node,
            Class<?> raw,
            @org.jspecify.annotations.Nullable ParameterizedType generic) {
        RecordComponent[] components = raw.getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            Type declared = components[i].getGenericType();
            Type type =
                    declared instanceof java.lang.reflect.TypeVariable<?> && generic != null
                            ? generic.getActualTypeArguments()[0]
                            : declared;
            values[i] = value(node.path(components[i].getName()), type);
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
