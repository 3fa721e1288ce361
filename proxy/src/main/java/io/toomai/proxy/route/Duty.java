package io.toomai.proxy.route;

import java.util.Locale;
import java.util.Optional;

/// What an operator wants of one member, whatever its role.
public enum Duty {
    READY,
    /// No new connections; those that work end their transaction.
    DRAIN,
    /// No connections at all.
    MAINTENANCE;

    public static Optional<Duty> of(String word) {
        for (Duty duty : values()) {
            if (duty.word().equalsIgnoreCase(word)) {
                return Optional.of(duty);
            }
        }
        return Optional.empty();
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
