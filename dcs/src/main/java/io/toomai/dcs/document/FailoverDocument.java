package io.toomai.dcs.document;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.model.MemberName;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.util.Optional;

/// `failover` (contract §1.2). A request that names neither leader nor candidate is no request; the
/// legacy form `leader:candidate` is understood.
public final class FailoverDocument {
    private static final String LEADER = "leader";
    private static final String MEMBER = "member";
    private static final String SCHEDULED_AT = "scheduled_at";

    /// Ours; other readers pass over it.
    private static final String HANDED_OVER = "handed_over";

    /// The key is never deleted: this clears it.
    public static final String CLEARED = "{}";

    private FailoverDocument() {}

    public static String write(FailoverRequest request) {
        JsonFields json = Json.object();
        request.leader().ifPresent(name -> json.put(LEADER, name.value()));
        request.candidate().ifPresent(name -> json.put(MEMBER, name.value()));
        request.scheduledAt().ifPresent(time -> json.put(SCHEDULED_AT, time));
        if (request.handedOver() != LeaderKey.UNKNOWN_TERM) {
            json.put(HANDED_OVER, request.handedOver());
        }
        return json.done().compact();
    }

    public static Optional<FailoverRequest> read(String text) {
        Json json = DocumentJson.parse(text);
        if (json instanceof Json.Obj) {
            return request(
                    DocumentJson.string(json, LEADER).flatMap(DocumentJson::name),
                    DocumentJson.string(json, MEMBER).flatMap(DocumentJson::name),
                    DocumentJson.string(json, SCHEDULED_AT).filter(time -> !time.isBlank()),
                    DocumentJson.integer(json.at(HANDED_OVER)).orElse(LeaderKey.UNKNOWN_TERM));
        }
        // Broken JSON has colons too.
        boolean legacyForm =
                text.indexOf(':') >= 0 && text.chars().noneMatch(c -> "{}[]\"".indexOf(c) >= 0);
        if (!legacyForm) {
            return Optional.empty();
        }
        String[] legacy = text.split(":", 2);
        return request(
                DocumentJson.name(legacy[0].strip()),
                DocumentJson.name(legacy[1].strip()),
                Optional.empty(),
                LeaderKey.UNKNOWN_TERM);
    }

    private static Optional<FailoverRequest> request(
            Optional<MemberName> leader,
            Optional<MemberName> candidate,
            Optional<String> scheduledAt,
            long handedOver) {
        return leader.isEmpty() && candidate.isEmpty()
                ? Optional.empty()
                : Optional.of(new FailoverRequest(leader, candidate, scheduledAt, handedOver));
    }
}
