package io.toomai.api;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The parameters behind the `?` of a request, in order, decoded.
public record Query(Map<String, List<String>> values) {
    public static final Query NONE = new Query(Map.of());

    public Query {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /// Reads the raw text. Pairs without a value and pairs that cannot be decoded do not count.
    public static Query parse(String raw) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String pair : raw.split("&", -1)) {
            int equals = pair.indexOf('=');
            Optional<String> name =
                    equals < 1 ? Optional.empty() : decode(pair.substring(0, equals));
            Optional<String> value = decode(pair.substring(equals + 1));
            if (name.isPresent() && value.isPresent() && !value.get().isEmpty()) {
                values.computeIfAbsent(name.get(), _ -> new ArrayList<>()).add(value.get());
            }
        }
        return new Query(values);
    }

    private static Optional<String> decode(String text) {
        try {
            return Optional.of(URLDecoder.decode(text, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // a broken escape
        }
    }

    public Optional<String> first(String name) {
        return Optional.ofNullable(values.get(name)).map(List::getFirst);
    }
}
