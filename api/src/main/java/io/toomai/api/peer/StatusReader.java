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
import io.toomai.settings.json.Json;
import io.toomai.settings.text.SettingsException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Reads another member's status document (contract §2.3, "Peers' interpretation"). Garbage in a
/// field reads as its absence; garbage as a whole is a [Fault#BAD_ANSWER].
final class StatusReader {
    private StatusReader() {}

    static RemoteStatus read(String body) {
        try {
            return Json.parse(body) instanceof Json.Obj document
                    ? read(document)
                    : bad("the status document is not a JSON object");
        } catch (SettingsException e) {
            return bad("the status document cannot be read: " + e.getMessage());
        }
    }

    private static RemoteStatus bad(String why) {
        return new RemoteStatus.Unreachable(Fault.BAD_ANSWER, why);
    }

    private static RemoteStatus read(Json.Obj document) {
        MemberState state = MemberState.of(document.at("state").string().orElse(""));
        MemberRole role = MemberRole.of(document.at("role").string().orElse(""));
        Tags tags = tags(document);
        Optional<Json.Obj> wal = object(document, "xlog").or(() -> object(document, "wal"));
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
                document.isTrueAt("watchdog_failed") ? Watchdog.FAILED : Watchdog.FINE,
                document.at("replication_state").string(),
                document.at("database_system_identifier")
                        .string()
                        .filter(SystemIdentifier::isValid)
                        .map(SystemIdentifier::new));
    }

    private static Optional<Json.Obj> object(Json document, String name) {
        return document.at(name) instanceof Json.Obj object
                ? Optional.of(object)
                : Optional.empty();
    }

    private static Optional<Lsn> position(Json wal, String name) {
        long bytes = wal.longAt(name).orElse(0);
        return bytes > 0 ? Optional.of(new Lsn(bytes)) : Optional.empty();
    }

    private static Timeline timeline(Json document) {
        long number = document.longAt("timeline").orElse(0);
        return number > 0 && number <= Integer.MAX_VALUE
                ? new Timeline((int) number)
                : Timeline.UNKNOWN;
    }

    private static Tags tags(Json document) {
        Map<String, Object> values = new TreeMap<>();
        document.at("tags")
                .entries()
                .forEach((name, value) -> value.plain().ifPresent(told -> values.put(name, told)));
        return new Tags(values);
    }
}
