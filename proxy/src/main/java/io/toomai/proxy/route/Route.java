package io.toomai.proxy.route;

import java.util.List;
import java.util.Optional;

/// Which servers a client wants. It says so by the port it comes to, by the name it gives the
/// database, or by an option of its startup; what it sends later changes nothing.
public enum Route {
    /// The primary, and nothing else.
    WRITE("write"),
    /// A replica; the primary where the rules allow it and no replica is fit.
    READ("read"),
    /// A replica, else the primary.
    PREFER_READ("prefer-standby"),
    /// Whoever answers.
    ANY("any");

    /// All words that [#of] knows, for messages.
    public static final List<String> WORDS =
            List.of(
                    "write",
                    "read-write",
                    "primary",
                    "read",
                    "read-only",
                    "standby",
                    "prefer-standby",
                    "any");

    private final String word;

    Route(String word) {
        this.word = word;
    }

    /// Our own word, or one that libpq's `target_session_attrs` has for it.
    public static Optional<Route> of(String word) {
        return switch (word) {
            case "write", "read-write", "primary" -> Optional.of(WRITE);
            case "read", "read-only", "standby" -> Optional.of(READ);
            case "prefer-standby" -> Optional.of(PREFER_READ);
            case "any" -> Optional.of(ANY);
            default -> Optional.empty();
        };
    }

    /// For tables and messages.
    public String word() {
        return word;
    }
}
