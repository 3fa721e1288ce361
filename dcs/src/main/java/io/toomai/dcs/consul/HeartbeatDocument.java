package io.toomai.dcs.consul;

import io.toomai.core.model.MemberName;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.util.Optional;

/// What a leader writes to `toomai/heartbeat` with each renewal.
///
/// @param lease how long it counts on that renewal
record HeartbeatDocument(MemberName leader, Duration lease) {
    private static final String LEADER = "leader";
    private static final String LEASE_MILLIS = "lease_millis";

    /// Of a leader that nobody can name; no ttl is longer than that.
    private static final HeartbeatDocument UNREADABLE =
            new HeartbeatDocument(new MemberName("unknown"), Duration.ofMinutes(1));

    String write() {
        return Json.object()
                .put(LEADER, leader.value())
                .put(LEASE_MILLIS, lease.toMillis())
                .done()
                .compact();
    }

    static HeartbeatDocument read(String text) {
        return Json.parseObject(text).flatMap(HeartbeatDocument::read).orElse(UNREADABLE);
    }

    private static Optional<HeartbeatDocument> read(Json json) {
        String leader = json.textAt(LEADER);
        long millis = json.longAt(LEASE_MILLIS).orElse(-1);
        return leader.isBlank() || leader.indexOf('/') >= 0 || millis < 0
                ? Optional.empty()
                : Optional.of(
                        new HeartbeatDocument(new MemberName(leader), Duration.ofMillis(millis)));
    }
}
