package io.toomai.core.ha;

import io.toomai.core.model.Lsn;
import io.toomai.core.model.MonoTime;

/// Since when a leader that is not heard has sent no WAL either.
///
/// @param term the leader key's revision
/// @param received the standby's position that has not moved since
public record Doubt(long term, MonoTime since, Lsn received) {}
