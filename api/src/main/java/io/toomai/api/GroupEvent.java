package io.toomai.api;

import io.toomai.core.model.MemberName;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/// The body of `POST /citus`: the leader of a group of a Citus cluster tells the coordinator's
/// leader that it is about to go, to come, or has come (contract §2.6).
///
/// @param leader who tells
/// @param timeout how long traffic may wait for the next event
/// @param cooldown after this long who still uses the node is ended
public record GroupEvent(
        Type type, int group, MemberName leader, Duration timeout, Duration cooldown) {
    /// No ttl is longer; nobody shall stop traffic for longer.
    private static final Duration LONGEST = Duration.ofHours(1);

    /// What happens.
    public enum Type {
        /// A primary will stop cleanly: traffic shall wait.
        BEFORE_DEMOTE("before_demote"),
        BEFORE_PROMOTE("before_promote"),
        AFTER_PROMOTE("after_promote");

        private final String text;

        Type(String text) {
            this.text = text;
        }

        /// The outside spelling.
        public String text() {
            return text;
        }
    }

    /// Empty when something is missing or out of range.
    public static Optional<GroupEvent> read(Json body) {
        String type = body.textAt("type");
        long group = body.at("group").whole().orElse(-1L);
        String leader = body.textAt("leader");
        Optional<Duration> timeout = seconds(body.at("timeout"));
        Optional<Duration> cooldown = seconds(body.at("cooldown"));
        if (group < 0
                || group > Integer.MAX_VALUE
                || leader.isBlank()
                || leader.indexOf('/') >= 0
                || timeout.isEmpty()
                || cooldown.isEmpty()) {
            return Optional.empty();
        }
        return Arrays.stream(Type.values())
                .filter(t -> t.text.equals(type))
                .findFirst()
                .map(t ->
                        new GroupEvent(
                                t,
                                (int) group,
                                new MemberName(leader),
                                timeout.get(),
                                cooldown.get()));
    }

    private static Optional<Duration> seconds(Json number) {
        return number.whole().stream()
                .filter(seconds -> seconds >= 0 && seconds <= LONGEST.toSeconds())
                .mapToObj(Duration::ofSeconds)
                .findFirst();
    }

    /// JSON text, as Patroni writes it.
    public String json() {
        return Json.object()
                .put("type", type.text)
                .put("group", group)
                .put("leader", leader.value())
                .put("timeout", timeout.toSeconds())
                .put("cooldown", cooldown.toSeconds())
                .done()
                .compact();
    }
}
