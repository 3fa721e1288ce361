package io.toomai.postgres;

import io.toomai.core.model.Secret;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// How one user logs in.
///
/// @param options more connection parameters by their libpq name, such as `sslmode`
public record Login(String user, Optional<Secret> password, SortedMap<String, String> options) {
    public Login {
        options = Collections.unmodifiableSortedMap(new TreeMap<>(options));
    }

    public static Login of(String user, String password) {
        return new Login(user, Optional.of(new Secret(password)), new TreeMap<>(Map.of()));
    }
}
