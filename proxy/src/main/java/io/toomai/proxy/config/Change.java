package io.toomai.proxy.config;

/// What it takes that a setting gets another value while the proxy runs.
public enum Change {
    /// Whoever looks next finds it.
    AT_ONCE,
    /// The files are read again that it or its companions name: users, rules, certificates.
    WITH_FILES,
    /// The log is to be opened anew.
    WITH_THE_LOG,
    /// It is read at the start only.
    AT_RESTART
}
