package io.toomai.api.heartbeat;

import io.toomai.api.Json;
import io.toomai.core.ha.Heartbeat;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.Pledge;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import java.util.Optional;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// One line of `GET /heartbeats`. Members of other versions read it: fields are only ever added,
/// unknown ones are skipped, and what is missing reads as what claims least.
///
/// @param count grows with each change of the heartbeat; repetitions have the same
public record HeartbeatLine(Sender sender, long count, Heartbeat heartbeat) {
    private static final String NAME = "name";

    /// Which process of which cluster tells it.
    ///
    /// @param boot grows with each start of the agent of one member; 0 when not told
    public record Sender(String scope, long boot) {}

    /// Whether the other line was told before this one.
    public boolean isAfter(HeartbeatLine other) {
        return sender.boot() == other.sender.boot()
                ? count > other.count
                : sender.boot() > other.sender.boot();
    }

    /// The line without its end.
    public String write() {
        ObjectNode line = Json.object();
        line.put("scope", sender.scope());
        line.put(NAME, heartbeat.name().value());
        line.put("boot", sender.boot());
        line.put("count", count);
        line.put("standing", word(heartbeat.standing()));
        line.put("position", heartbeat.position().bytes());
        line.put("timeline", heartbeat.timeline().number());
        line.put("eligible", heartbeat.eligibility() == PeerStatus.Eligibility.ELIGIBLE);
        line.put("failover_priority", heartbeat.failoverPriority());
        line.set("hears", names(heartbeat));
        heartbeat.pledge().ifPresent(pledge -> line.set("pledge", pledge(pledge)));
        return Json.write(line);
    }

    /// The members that the sender hears.
    public static ArrayNode names(Heartbeat heartbeat) {
        ArrayNode names = Json.array();
        heartbeat.hears().forEach(name -> names.add(name.value()));
        return names;
    }

    /// A pledge as every document shows it.
    public static ObjectNode pledge(Pledge pledge) {
        return Json.object()
                .put("leader", pledge.leader().value())
                .put("term", pledge.term())
                .put("sync_revision", pledge.syncRevision());
    }

    private static String word(PeerStatus.Standing standing) {
        return switch (standing) {
            case PRIMARY -> "primary";
            case STANDBY -> "standby";
            case NOT_RUNNING -> "not running";
        };
    }

    /// What the text tells; empty when it is no heartbeat.
    public static Optional<HeartbeatLine> read(String text) {
        try {
            return Json.parseObject(text).flatMap(HeartbeatLine::read);
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // a name or a number that cannot be one
        }
    }

    private static Optional<HeartbeatLine> read(ObjectNode line) {
        return Json.text(line, NAME)
                .map(name ->
                        new HeartbeatLine(
                                new Sender(
                                        Json.text(line, "scope").orElse(""), number(line, "boot")),
                                number(line, "count"),
                                heartbeat(new MemberName(name), line)));
    }

    private static Heartbeat heartbeat(MemberName name, ObjectNode line) {
        TreeSet<MemberName> hears = new TreeSet<>();
        line.path("hears").forEach(other -> hears.add(new MemberName(other.asString())));
        return new Heartbeat(
                name,
                standing(Json.text(line, "standing").orElse("")),
                new Lsn(number(line, "position")),
                new Timeline((int) number(line, "timeline")),
                line.path("eligible").asBoolean(false)
                        ? PeerStatus.Eligibility.ELIGIBLE
                        : PeerStatus.Eligibility.NOFAILOVER,
                number(line, "failover_priority"),
                hears,
                pledge(line.path("pledge")));
    }

    private static PeerStatus.Standing standing(String word) {
        for (PeerStatus.Standing standing : PeerStatus.Standing.values()) {
            if (word(standing).equals(word)) {
                return standing;
            }
        }
        return PeerStatus.Standing.NOT_RUNNING;
    }

    /// A pledge that lacks a part promises nothing.
    private static Optional<Pledge> pledge(JsonNode pledge) {
        return pledge.path("term").isIntegralNumber()
                        && pledge.path("sync_revision").isIntegralNumber()
                ? Json.text(pledge, "leader")
                        .map(leader ->
                                new Pledge(
                                        new MemberName(leader),
                                        number(pledge, "term"),
                                        number(pledge, "sync_revision")))
                : Optional.empty();
    }

    private static long number(JsonNode object, String name) {
        JsonNode value = object.path(name);
        return value.isIntegralNumber() ? value.asLong(0) : 0;
    }
}
