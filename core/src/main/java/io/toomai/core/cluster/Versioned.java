package io.toomai.core.cluster;

/// A value together with the store's revision of its key, for compare-and-set.
public record Versioned<T>(T value, long revision) {}
