package io.toomai.proxy.login;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Whether a session is to stream WAL (PostgreSQL: "Streaming Replication Protocol"). Read once, as
/// PostgreSQL reads it: were it read in two ways, a client could be let in as one that asks queries
/// and come to its server as one that replicates, or the other way round.
public enum ReplicationWish {
    NONE("none"),
    /// A part of the cluster's WAL, of no database.
    PHYSICAL("physical"),
    /// Of one database, where queries can be asked, too.
    LOGICAL("logical");

    /// The parameter of a StartupMessage.
    public static final String NAME = "replication";

    private static final List<String> YES = List.of("true", "yes", "on", "1");
    private static final List<String> NO = List.of("false", "no", "off", "0");

    private final String word;

    ReplicationWish(String word) {
        this.word = word;
    }

    /// As tables show it.
    public String word() {
        return word;
    }

    /// @return nothing where the client's word for it means neither yes nor no
    public static Optional<ReplicationWish> of(Opening.Start start) {
        String value = start.parameters().get(NAME);
        if (value == null) {
            return Optional.of(NONE);
        }
        if (value.equals("database")) {
            return Optional.of(LOGICAL);
        }
        boolean yes = begins(value, YES);
        boolean no = begins(value, NO);
        return yes == no ? Optional.empty() : Optional.of(yes ? PHYSICAL : NONE);
    }

    /// Any beginning of a word stands for it.
    private static boolean begins(String value, List<String> words) {
        String low = value.toLowerCase(Locale.ROOT);
        return !low.isEmpty() && words.stream().anyMatch(word -> word.startsWith(low));
    }

    /// What a server is told.
    public Optional<String> forServer() {
        return switch (this) {
            case NONE -> Optional.empty();
            case PHYSICAL -> Optional.of("true");
            case LOGICAL -> Optional.of("database");
        };
    }
}
