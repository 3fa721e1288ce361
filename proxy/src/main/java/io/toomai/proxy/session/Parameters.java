package io.toomai.proxy.session;

import io.toomai.proxy.relay.ProtocolViolation;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Values of parameters by name; a name is the same in whatever case it comes. Never changed: a
/// change makes another. Those of one [ParameterTable] that say the same are the same object.
public final class Parameters {
    /// PostgreSQL reports fewer than twenty, and a StartupMessage has room for few more.
    static final int MOST = 500;

    /// All names and values together, in characters.
    static final int LONGEST = 256 << 10;

    static final Parameters NONE = new Parameters(new TreeMap<>(String.CASE_INSENSITIVE_ORDER));

    private final NavigableMap<String, String> values;
    private final int hash;

    private Parameters(NavigableMap<String, String> values) {
        this.values = values;
        int sum = 0;
        for (Map.Entry<String, String> each : values.entrySet()) {
            sum += hashOf(each.getKey()) ^ each.getValue().hashCode();
        }
        hash = sum;
    }

    private static int hashOf(String name) {
        int sum = 0;
        for (int i = 0; i < name.length(); i++) {
            sum = sum * 31 + Character.toLowerCase(name.charAt(i));
        }
        return sum;
    }

    /// @throws ProtocolViolation when they are more than any honest peer has
    static Parameters of(Map<String, String> values) {
        NavigableMap<String, String> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(values);
        return bounded(copy);
    }

    private static Parameters bounded(NavigableMap<String, String> values) {
        long length = 0;
        for (Map.Entry<String, String> each : values.entrySet()) {
            length += each.getKey().length() + each.getValue().length();
        }
        mustBeFew(values.size(), length);
        return new Parameters(values);
    }

    /// @param length of all names and values together, in characters
    /// @throws ProtocolViolation when they are more than any honest peer has
    public static void mustBeFew(int count, long length) {
        if (count > MOST || length > LONGEST) {
            throw new ProtocolViolation(
                    count + " parameters of " + length + " characters are too many");
        }
    }

    @Nullable String get(String name) {
        return values.get(name);
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    /// In the order of their names.
    public void forEach(BiConsumer<String, String> what) {
        values.forEach(what);
    }

    /// @throws ProtocolViolation when they become too many
    Parameters with(String name, String value) {
        NavigableMap<String, String> copy = new TreeMap<>(values);
        copy.remove(name); // the name's case too is the last one's
        copy.put(name, value);
        return bounded(copy);
    }

    Parameters without(String name) {
        if (!values.containsKey(name)) {
            return this;
        }
        NavigableMap<String, String> copy = new TreeMap<>(values);
        copy.remove(name);
        return new Parameters(copy);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Parameters same
                && hash == same.hash
                && values.size() == same.values.size()
                && values.entrySet().stream()
                        .allMatch(each ->
                                Objects.equals(each.getValue(), same.values.get(each.getKey())));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return values.toString();
    }
}
