package io.toomai.dcs.document;

import io.toomai.core.cluster.SyncState;
import io.toomai.core.model.MemberName;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// `sync` (contract §1.2). Without a leader it promises nothing and reads as empty, whatever else
/// it says.
public final class SyncDocument {
    private static final String LEADER = "leader";
    private static final String QUORUM = "quorum";
    private static final String SYNC_STANDBY = "sync_standby";

    /// What stands in the key where a store cannot delete it without forgetting its version.
    public static final String CLEARED = "{}";

    private SyncDocument() {}

    public static String write(SyncState sync) {
        JsonFields json = Json.object();
        sync.leader()
                .ifPresentOrElse(
                        name -> json.put(LEADER, name.value()), () -> json.putNull(LEADER));
        json.put(QUORUM, sync.quorum());
        if (sync.voters().isEmpty()) {
            json.putNull(SYNC_STANDBY);
        } else {
            json.put(
                    SYNC_STANDBY,
                    sync.voters().stream().map(MemberName::value).collect(Collectors.joining(",")));
        }
        return json.done().compact();
    }

    public static SyncState read(String text) {
        Json json = DocumentJson.parse(text);
        Optional<MemberName> leader = DocumentJson.string(json, LEADER).flatMap(DocumentJson::name);
        if (leader.isEmpty()) {
            return SyncState.EMPTY;
        }
        NavigableSet<MemberName> voters = new TreeSet<>();
        for (String name : DocumentJson.string(json, SYNC_STANDBY).orElse("").split(",", -1)) {
            DocumentJson.name(name.strip()).ifPresent(voters::add);
        }
        OptionalLong quorum = DocumentJson.integer(json.at(QUORUM));
        boolean usable =
                quorum.isPresent()
                        && quorum.getAsLong() >= 0
                        && quorum.getAsLong() <= Integer.MAX_VALUE;
        return new SyncState(leader, usable ? (int) quorum.getAsLong() : 0, voters);
    }
}
