package io.toomai.dcs.document;

import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.Member.Flag;
import io.toomai.core.cluster.Member.PendingValue;
import io.toomai.core.cluster.Member.Position;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import java.util.EnumSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `members/<name>` (contract §1.3). A member whose document is garbage is still a member, with
/// nothing known about it.
public final class MemberDocument {
    private static final String CONN_URL = "conn_url";
    private static final String API_URL = "api_url";
    private static final String STATE = "state";
    private static final String ROLE = "role";
    private static final String VERSION = "version";
    private static final String CHECKPOINT_AFTER_PROMOTE = "checkpoint_after_promote";
    private static final String TAGS = "tags";
    private static final String PENDING_RESTART = "pending_restart";
    private static final String PENDING_RESTART_REASON = "pending_restart_reason";
    private static final String OLD_VALUE = "old_value";
    private static final String NEW_VALUE = "new_value";
    private static final String XLOG_LOCATION = "xlog_location";
    private static final String REPLAY_LSN = "replay_lsn";
    private static final String RECEIVE_LSN = "receive_lsn";
    private static final String REPLICATION_STATE = "replication_state";
    private static final String TIMELINE = "timeline";
    private static final String PAUSE = "pause";

    private MemberDocument() {}

    public static String write(Member member) {
        ObjectNode json = DocumentJson.object();
        json.put(CONN_URL, member.connUrl());
        json.put(API_URL, member.apiUrl());
        json.put(STATE, member.state().text());
        json.put(ROLE, member.role().text());
        json.put(VERSION, member.version());
        if (member.flags().contains(Flag.CHECKPOINT_AFTER_PROMOTE_PENDING)) {
            json.put(CHECKPOINT_AFTER_PROMOTE, false); // its absence means "done"
        }
        if (!member.tags().values().isEmpty()) {
            ObjectNode tags = json.putObject(TAGS);
            member.tags().values().forEach((name, value) -> putScalar(tags, name, value));
        }
        if (member.flags().contains(Flag.PENDING_RESTART)) {
            json.put(PENDING_RESTART, true);
            ObjectNode reasons = json.putObject(PENDING_RESTART_REASON);
            member.pendingRestart()
                    .forEach((parameter, pending) ->
                            reasons.putObject(parameter)
                                    .put(OLD_VALUE, pending.oldValue())
                                    .put(NEW_VALUE, pending.newValue()));
        }
        writePosition(json, member.position());
        if (member.flags().contains(Flag.PAUSED)) {
            json.put(PAUSE, true);
        }
        return DocumentJson.text(json);
    }

    private static void writePosition(ObjectNode json, Position position) {
        position.location().ifPresent(lsn -> json.put(XLOG_LOCATION, lsn.bytes()));
        position.replayed()
                .filter(lsn -> !lsn.isZero())
                .ifPresent(lsn -> json.put(REPLAY_LSN, lsn.bytes()));
        position.received()
                .filter(lsn -> !lsn.isZero())
                .ifPresent(lsn -> json.put(RECEIVE_LSN, lsn.bytes()));
        position.replicationState().ifPresent(state -> json.put(REPLICATION_STATE, state));
        if (position.timeline().isKnown()) {
            json.put(TIMELINE, position.timeline().number());
        }
    }

    private static void putScalar(ObjectNode json, String name, Object value) {
        switch (value) {
            case Boolean flag -> json.put(name, flag);
            case Integer number -> json.put(name, number);
            case Long number -> json.put(name, number);
            case Double number -> json.put(name, number);
            default -> json.put(name, value.toString());
        }
    }

    public static Member read(MemberName name, String text) {
        JsonNode json = DocumentJson.parse(text);
        Map<String, PendingValue> pending = pendingRestart(json.path(PENDING_RESTART_REASON));
        return new Member(
                name,
                DocumentJson.string(json, CONN_URL).orElse(""),
                DocumentJson.string(json, API_URL).orElse(""),
                DocumentJson.string(json, STATE).map(MemberState::of).orElse(MemberState.UNKNOWN),
                DocumentJson.string(json, ROLE).map(MemberRole::of).orElse(MemberRole.REPLICA),
                DocumentJson.string(json, VERSION).orElse(""),
                position(json),
                tags(json.path(TAGS)),
                flags(json),
                pending);
    }

    private static Position position(JsonNode json) {
        OptionalLong timeline = DocumentJson.integer(json.path(TIMELINE));
        boolean known =
                timeline.isPresent()
                        && timeline.getAsLong() > 0
                        && timeline.getAsLong() <= Integer.MAX_VALUE;
        return new Position(
                DocumentJson.lsn(json.path(XLOG_LOCATION)),
                DocumentJson.lsn(json.path(RECEIVE_LSN)).filter(MemberDocument::isSet),
                DocumentJson.lsn(json.path(REPLAY_LSN)).filter(MemberDocument::isSet),
                DocumentJson.string(json, REPLICATION_STATE),
                known ? new Timeline((int) timeline.getAsLong()) : Timeline.UNKNOWN);
    }

    private static boolean isSet(Lsn lsn) {
        return !lsn.isZero();
    }

    private static Tags tags(JsonNode json) {
        Map<String, Object> values = new TreeMap<>();
        for (Map.Entry<String, JsonNode> tag : json.properties()) {
            JsonNode value = tag.getValue();
            if (value.isBoolean()) {
                values.put(tag.getKey(), value.booleanValue());
            } else if (value.isIntegralNumber() && value.canConvertToLong()) {
                values.put(tag.getKey(), value.longValue());
            } else if (value.isNumber()) {
                values.put(tag.getKey(), value.doubleValue());
            } else if (value.isString()) {
                values.put(tag.getKey(), value.stringValue());
            }
        }
        return values.isEmpty() ? Tags.NONE : new Tags(values);
    }

    private static Set<Flag> flags(JsonNode json) {
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        JsonNode checkpoint = json.path(CHECKPOINT_AFTER_PROMOTE);
        if (checkpoint.isBoolean() && !checkpoint.booleanValue()) {
            flags.add(Flag.CHECKPOINT_AFTER_PROMOTE_PENDING);
        }
        if (isTrue(json.path(PENDING_RESTART))) {
            flags.add(Flag.PENDING_RESTART);
        }
        if (isTrue(json.path(PAUSE))) {
            flags.add(Flag.PAUSED);
        }
        return flags;
    }

    private static boolean isTrue(JsonNode value) {
        return value.isBoolean() && value.booleanValue();
    }

    private static Map<String, PendingValue> pendingRestart(JsonNode json) {
        Map<String, PendingValue> pending = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : json.properties()) {
            pending.put(
                    entry.getKey(),
                    new PendingValue(
                            scalar(entry.getValue().path(OLD_VALUE)),
                            scalar(entry.getValue().path(NEW_VALUE))));
        }
        return pending;
    }

    private static String scalar(JsonNode value) {
        return value.isValueNode() && !value.isNull() && !value.isMissingNode()
                ? value.asString()
                : "";
    }
}
