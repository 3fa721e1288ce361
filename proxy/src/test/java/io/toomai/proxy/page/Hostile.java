package io.toomai.proxy.page;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The same value with another text wherever it has one.
final class Hostile {
    private Hostile() {}

    static Object of(Object value, String text) throws ReflectiveOperationException {
        if (value instanceof String) {
            return text;
        }
        if (value instanceof Optional<?> optional) {
            return optional.isPresent() ? Optional.of(of(optional.get(), text)) : value;
        }
        if (value instanceof List<?> list) {
            Object[] copy = list.toArray();
            for (int i = 0; i < copy.length; i++) {
                copy[i] = of(copy[i], text);
            }
            return List.of(copy);
        }
        return value instanceof Record record ? copy(record, text) : value;
    }

    private static Object copy(Record record, String text) throws ReflectiveOperationException {
        RecordComponent[] parts = record.getClass().getRecordComponents();
        Object[] values = new Object[parts.length];
        for (int i = 0; i < parts.length; i++) {
            values[i] = of(parts[i].getAccessor().invoke(record), text);
        }
        Class<?>[] types =
                Arrays.stream(parts).map(RecordComponent::getType).toArray(Class<?>[]::new);
        return record.getClass().getDeclaredConstructor(types).newInstance(values);
    }
}
