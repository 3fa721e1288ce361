package io.toomai.proxy.config;

/// A setting of `[pgbouncer]` as the console shows it.
///
/// @param isChangeable whether RELOAD and SET change it; else it counts from the next start
public record ShownSetting(String name, String value, String byDefault, boolean isChangeable) {}
