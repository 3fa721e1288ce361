package io.toomai.dcs.kubernetes;

import io.toomai.core.model.MonoTime;
import io.toomai.settings.json.Json;

/// An answer that callers tell apart; everything else is an exception.
sealed interface ApiReply {
    /// A moment before the request that was answered was sent.
    MonoTime sent();

    record Done(Json body, MonoTime sent) implements ApiReply {}

    /// There is no such object.
    record Absent(MonoTime sent) implements ApiReply {}

    /// The object has changed since, or exists already. Nothing was done.
    record Conflict(MonoTime sent) implements ApiReply {}
}
