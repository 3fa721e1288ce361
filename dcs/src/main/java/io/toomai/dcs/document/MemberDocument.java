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
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.util.EnumSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/// `members/<name>` (contract §1.3). A member whose document is garbage is still a member, with
/// nothing known about it.
public final class MemberDocument {
    private static final String CONN_URL = "conn_url";
    private static final String API_URL = "api_url";
    private static final String PROXY_URL = "proxy_url";
    private static final String STATE = "state";
    private static final String ROLE = "role";
    private static final String VERSION = "version";
    private static final String CHECKPOINT_AFTER_PROMOTE = "checkpoint_after_promote";
    private static final String TAGS = "tags";
    private static final String PENDING_RESTART = "pending_restart";
    private static final String PENDING_RESTART_REASON = "pending_restart_reason";
    private static final String OLD_VALUE = "old_value";
    private static final String NEW_VALUE = "new_value";
    private static final String SCHEDULED_RESTART = "scheduled_restart";
    private static final String XLOG_LOCATION = "xlog_location";
    private static final String REPLAY_LSN = "replay_lsn";
    private static final String RECEIVE_LSN = "receive_lsn";
    private static final String REPLICATION_STATE = "replication_state";
    private static final String TIMELINE = "timeline";
    private static final String PAUSE = "pause";

    private MemberDocument() {}

    public static String write(Member member) {
        JsonFields json = Json.object();
        json.put(CONN_URL, member.connUrl());
        json.put(API_URL, member.apiUrl());
        json.put(STATE, member.state().text());
        json.put(ROLE, member.role().text());
        json.put(VERSION, member.version());
        member.proxyUrl().ifPresent(url -> json.put(PROXY_URL, url));
        if (member.flags().contains(Flag.CHECKPOINT_AFTER_PROMOTE_PENDING)) {
            json.put(CHECKPOINT_AFTER_PROMOTE, false); // its absence means "done"
        }
        if (!member.tags().values().isEmpty()) {
            json.put(TAGS, object(member.tags().values()));
        }
        if (member.flags().contains(Flag.PENDING_RESTART)) {
            json.put(PENDING_RESTART, true);
            JsonFields reasons = Json.object();
            member.pendingRestart()
                    .forEach((parameter, pending) ->
                            reasons.put(
                                    parameter,
                                    Json.object()
                                            .put(OLD_VALUE, pending.oldValue())
                                            .put(NEW_VALUE, pending.newValue())
                                            .done()));
            json.put(PENDING_RESTART_REASON, reasons.done());
        }
        if (!member.scheduledRestart().isEmpty()) {
            json.put(SCHEDULED_RESTART, object(member.scheduledRestart()));
        }
        writePosition(json, member.position());
        if (member.flags().contains(Flag.PAUSED)) {
            json.put(PAUSE, true);
        }
        return json.done().compact();
    }

    private static Json object(Map<String, Object> values) {
        JsonFields fields = Json.object();
        values.forEach((name, value) -> fields.put(name, Json.ofPlain(value)));
        return fields.done();
    }

    private static void writePosition(JsonFields json, Position position) {
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

    public static Member read(MemberName name, String text) {
        Json json = DocumentJson.parse(text);
        Map<String, PendingValue> pending = pendingRestart(json.at(PENDING_RESTART_REASON));
        return new Member(
                name,
                DocumentJson.string(json, CONN_URL).orElse(""),
                DocumentJson.string(json, API_URL).orElse(""),
                DocumentJson.string(json, STATE).map(MemberState::of).orElse(MemberState.UNKNOWN),
                DocumentJson.string(json, ROLE).map(MemberRole::of).orElse(MemberRole.REPLICA),
                DocumentJson.string(json, VERSION).orElse(""),
                position(json),
                tags(json.at(TAGS)),
                flags(json),
                pending,
                plain(json.at(SCHEDULED_RESTART)),
                DocumentJson.string(json, PROXY_URL));
    }

    private static Position position(Json json) {
        OptionalLong timeline = DocumentJson.integer(json.at(TIMELINE));
        boolean known =
                timeline.isPresent()
                        && timeline.getAsLong() > 0
                        && timeline.getAsLong() <= Integer.MAX_VALUE;
        return new Position(
                DocumentJson.lsn(json.at(XLOG_LOCATION)),
                DocumentJson.lsn(json.at(RECEIVE_LSN)).filter(MemberDocument::isSet),
                DocumentJson.lsn(json.at(REPLAY_LSN)).filter(MemberDocument::isSet),
                DocumentJson.string(json, REPLICATION_STATE),
                known ? new Timeline((int) timeline.getAsLong()) : Timeline.UNKNOWN);
    }

    private static boolean isSet(Lsn lsn) {
        return !lsn.isZero();
    }

    private static Map<String, Object> plain(Json json) {
        Map<String, Object> values = new TreeMap<>();
        json.entries()
                .forEach((name, value) -> value.plain().ifPresent(told -> values.put(name, told)));
        return values;
    }

    private static Tags tags(Json json) {
        Map<String, Object> values = plain(json);
        return values.isEmpty() ? Tags.NONE : new Tags(values);
    }

    private static Set<Flag> flags(Json json) {
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        if (json.at(CHECKPOINT_AFTER_PROMOTE) instanceof Json.Bool(var done) && !done) {
            flags.add(Flag.CHECKPOINT_AFTER_PROMOTE_PENDING);
        }
        if (json.isTrueAt(PENDING_RESTART)) {
            flags.add(Flag.PENDING_RESTART);
        }
        if (json.isTrueAt(PAUSE)) {
            flags.add(Flag.PAUSED);
        }
        return flags;
    }

    private static Map<String, PendingValue> pendingRestart(Json json) {
        Map<String, PendingValue> pending = new TreeMap<>();
        json.entries()
                .forEach((parameter, values) ->
                        pending.put(
                                parameter,
                                new PendingValue(
                                        values.textAt(OLD_VALUE), values.textAt(NEW_VALUE))));
        return pending;
    }
}
