package io.toomai.postgres;

import io.toomai.core.model.Secret;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/// How one user logs in.
///
/// @param currentPassword asked at each login, from any thread: an operator may replace it
/// @param options more connection parameters by their libpq name, such as `sslmode`
public record Login(
        String user,
        Supplier<Optional<Secret>> currentPassword,
        SortedMap<String, String> options) {
    public Login {
        options = Collections.unmodifiableSortedMap(new TreeMap<>(options));
    }

    /// With a password that stays.
    public Login(String user, Optional<Secret> password, SortedMap<String, String> options) {
        this(user, () -> password, options);
    }

    public static Login of(String user, String password) {
        return new Login(user, Optional.of(new Secret(password)), new TreeMap<>(Map.of()));
    }

    /// Of this moment.
    public Optional<Secret> password() {
        return currentPassword.get();
    }

    /// The user alone: an option may be the password of a key.
    @Override
    public String toString() {
        return user;
    }
}
