package io.toomai.api;

import java.time.OffsetDateTime;

/// A restart that waits for its time.
///
/// @param at when; with the offset that the operator wrote
public record ScheduledRestart(OffsetDateTime at, RestartRequest request) {}
