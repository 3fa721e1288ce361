package io.toomai.core.cluster;

import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// One `members/<name>` document (contract §1.3).
///
/// @param connUrl `postgres://host:port/database`, without credentials; empty text when unknown
/// @param apiUrl URL of the status document, ends in `/patroni`; empty text when unknown
/// @param version dotted integers
/// @param position WAL positions and timeline, as far as published
/// @param pendingRestart parameters that wait for a restart; empty when none
/// @param scheduledRestart time and conditions of a restart, as published; empty when none
/// @param proxyUrl like `connUrl`, where clients reach a proxy before the server
public record Member(
        MemberName name,
        String connUrl,
        String apiUrl,
        MemberState state,
        MemberRole role,
        String version,
        Position position,
        Tags tags,
        Set<Flag> flags,
        Map<String, PendingValue> pendingRestart,
        Map<String, Object> scheduledRestart,
        Optional<String> proxyUrl) {

    public Member {
        flags = flags.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(flags));
        pendingRestart = Collections.unmodifiableMap(new TreeMap<>(pendingRestart));
        scheduledRestart = Collections.unmodifiableMap(new LinkedHashMap<>(scheduledRestart));
    }

    /// Where a member is in the WAL.
    ///
    /// @param location `xlog_location`: flushed on a primary, max(received, replayed) on a standby
    /// @param replicationState `streaming` or `in archive recovery`
    public record Position(
            Optional<Lsn> location,
            Optional<Lsn> received,
            Optional<Lsn> replayed,
            Optional<String> replicationState,
            Timeline timeline) {
        public static final Position UNKNOWN =
                new Position(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Timeline.UNKNOWN);
    }

    /// What is true of a member beyond its state.
    public enum Flag {
        /// The leader has not yet done the checkpoint that pg_rewind on others needs.
        CHECKPOINT_AFTER_PROMOTE_PENDING,
        PENDING_RESTART,
        PAUSED
    }

    /// A parameter whose new value waits for a restart.
    public record PendingValue(String oldValue, String newValue) {}

    /// The same elsewhere in the WAL.
    public Member with(Position other) {
        return new Member(
                name,
                connUrl,
                apiUrl,
                state,
                role,
                version,
                other,
                tags,
                flags,
                pendingRestart,
                scheduledRestart,
                proxyUrl);
    }

    public boolean isRunning() {
        return state == MemberState.RUNNING;
    }

    public boolean isStreaming() {
        return position.replicationState().filter("streaming"::equals).isPresent();
    }

    /// Host of the connection URL; empty text when it cannot be read.
    public String host() {
        return new ConnectionUrl(connUrl).host();
    }

    /// Port of the connection URL, from 1 to 65535; PostgreSQL's default when it names none.
    public int port() {
        return new ConnectionUrl(connUrl).port();
    }
}
