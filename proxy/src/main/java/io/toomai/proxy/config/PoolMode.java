package io.toomai.proxy.config;

import java.util.Locale;

/// When a server goes back to its pool.
public enum PoolMode {
    /// When the client leaves.
    SESSION,
    /// When its transaction has ended.
    TRANSACTION,
    /// After each statement; transactions of several are refused.
    STATEMENT;

    static PoolMode of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }

    /// As in the file.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
