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
            if (equals < 1 || equals == pair.length() - 1) {
                continue;
            }
            try {
                values.computeIfAbsent(decode(pair.substring(0, equals)), _ -> new ArrayList<>())
                        .add(decode(pair.substring(equals + 1)));
            } catch (IllegalArgumentException e) {
                continue; // a broken escape: as if the pair were not there
            }
        }
        return new Query(values);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    public Optional<String> first(String name) {
        return Optional.ofNullable(values.get(name)).map(List::getFirst);
    }
}
