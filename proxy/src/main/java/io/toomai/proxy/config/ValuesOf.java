package io.toomai.proxy.config;

import io.toomai.proxy.auth.AddressRange;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The values of `[pgbouncer]`, checked: those of the file, and the defaults of all others. Words
/// are spelled as the catalogue has them, however they were written: readers compare them.
///
/// @param values every setting's, by name
public record ValuesOf(Map<String, String> values) {
    public ValuesOf {
        Map<String, String> spelled = new LinkedHashMap<>(values);
        Catalogue.SETTINGS.forEach((name, setting) ->
                spelled.computeIfPresent(name, (_, value) -> setting.kind().spelled(value)));
        values = Collections.unmodifiableMap(spelled);
    }

    static ValuesOf defaults() {
        Map<String, String> all = new LinkedHashMap<>();
        Catalogue.SETTINGS.values().forEach(s -> all.put(s.name(), s.byDefault()));
        return new ValuesOf(all);
    }

    public String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no setting " + name);
        }
        return value;
    }

    /// Absent where it is empty.
    public Optional<String> given(String name) {
        return Optional.of(text(name)).filter(value -> !value.isEmpty());
    }

    public int number(String name) {
        return Integer.parseInt(text(name));
    }

    public boolean isOn(String name) {
        return SettingKind.OnOff.isOn(text(name));
    }

    public Duration time(String name) {
        return seconds(text(name));
    }

    public List<String> list(String name) {
        return Stream.of(text(name).split(",", -1))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /// Empty where it names none.
    public List<AddressRange> networks(String name) {
        return list(name).stream().flatMap(word -> AddressRange.parse(word).stream()).toList();
    }

    static Duration seconds(String text) {
        return Duration.ofMillis(Math.round(Double.parseDouble(text) * 1000));
    }
}
