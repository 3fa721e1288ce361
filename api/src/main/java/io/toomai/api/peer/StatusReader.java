package io.toomai.api.peer;

import io.toomai.api.peer.RemoteStatus.Fault;
import io.toomai.api.peer.RemoteStatus.Standing;
import io.toomai.api.peer.RemoteStatus.Watchdog;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Reads another member's status document (contract §2.3, "Peers' interpretation"). Garbage in a
/// field reads as its absence; garbage as a whole is a [Fault#BAD_ANSWER].
final class StatusReader {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private StatusReader() {}

    static RemoteStatus read(String body) {
        try {
            return MAPPER.readTree(body) instanceof ObjectNode document
                    ? read(document)
                    : bad("the status document is not a JSON object");
        } catch (JacksonException e) {
            return bad("the status document is not JSON: " + e.getOriginalMessage());
        }
    }

    private static RemoteStatus bad(String why) {
        return new RemoteStatus.Unreachable(Fault.BAD_ANSWER, why);
    }

    private static RemoteStatus read(ObjectNode document) {
        MemberState state = MemberState.of(text(document, "state").orElse(""));
        MemberRole role = MemberRole.of(text(document, "role").orElse(""));
        Tags tags = tags(document);
        Optional<ObjectNode> wal = object(document, "xlog").or(() -> object(document, "wal"));
        if (wal.isEmpty()) {
            return new RemoteStatus.WithoutPostgres(state, role, tags);
        }
        Optional<Lsn> location = position(wal.get(), "location");
        boolean primary = location.isPresent() || role == MemberRole.PRIMARY;
        return new RemoteStatus.Reachable(
                state,
                role,
                primary ? Standing.PRIMARY : Standing.STANDBY,
                new RemoteStatus.Wal(
                        location,
                        position(wal.get(), "received_location").orElse(Lsn.ZERO),
                        position(wal.get(), "replayed_location").orElse(Lsn.ZERO)),
                timeline(document),
                tags,
                document.path("watchdog_failed").asBoolean(false) ? Watchdog.FAILED : Watchdog.FINE,
                text(document, "replication_state"),
                text(document, "database_system_identifier")
                        .filter(SystemIdentifier::isValid)
                        .map(SystemIdentifier::new));
    }

    private static Optional<ObjectNode> object(ObjectNode document, String name) {
        return document.get(name) instanceof ObjectNode object
                ? Optional.of(object)
                : Optional.empty();
    }

    private static Optional<String> text(ObjectNode document, String name) {
        return document.optional(name).filter(JsonNode::isString).map(JsonNode::asString);
    }

    private static Optional<Lsn> position(ObjectNode wal, String name) {
        return wal.optional(name)
                .filter(value -> value.isIntegralNumber() && value.asLong(0) > 0)
                .map(value -> new Lsn(value.asLong(0)));
    }

    private static Timeline timeline(ObjectNode document) {
        int number = document.path("timeline").asInt(0);
        return number > 0 ? new Timeline(number) : Timeline.UNKNOWN;
    }

    private static Tags tags(ObjectNode document) {
        Map<String, Object> values = new TreeMap<>();
        object(document, "tags")
                .ifPresent(tags ->
                        tags.properties()
                                .forEach(tag -> put(values, tag.getKey(), tag.getValue())));
        return new Tags(values);
    }

    private static void put(Map<String, Object> values, String name, JsonNode value) {
        if (value.isBoolean()) {
            values.put(name, value.booleanValue());
        } else if (value.isIntegralNumber()) {
            values.put(name, value.asLong(0));
        } else if (value.isNumber()) {
            values.put(name, value.asDouble(0));
        } else if (value.isString()) {
            values.put(name, value.asString());
        }
    }
}
