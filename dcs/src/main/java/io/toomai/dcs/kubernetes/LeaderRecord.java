package io.toomai.dcs.kubernetes;

import io.toomai.core.model.MemberName;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What the leader object says of the leader: Patroni's annotations (contract §1.4) and one of our
/// own that Patroni leaves alone.
///
/// @param leader empty when nobody leads
/// @param acquired the time that the holder gave, of any form; tells acquisitions apart
/// @param ttl what observers shall wait for; empty when it is not told
/// @param lease of a Toomai leader; empty where another has taken the key since it was written
/// @param told all of it as written: a renewal makes it another text
record LeaderRecord(
        Optional<MemberName> leader,
        Optional<String> acquired,
        Optional<Duration> ttl,
        Optional<Lease> lease,
        String told) {
    static final String LEADER = "leader";
    static final String ACQUIRE_TIME = "acquireTime";
    static final String RENEW_TIME = "renewTime";
    static final String TTL = "ttl";
    static final String TRANSITIONS = "transitions";

    /// Written with each acquisition; binds a term to the acquisition by its `acquireTime`.
    static final String LEASE = "toomai.io/lease";

    static final LeaderRecord NOBODY =
            new LeaderRecord(
                    Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), "");

    /// @param term the version of the store when the key was taken
    /// @param process of no meaning but to the process that wrote it
    record Lease(long term, String process) {}

    static LeaderRecord of(StoredObject object) {
        StringBuilder told = new StringBuilder();
        for (String key : List.of(LEADER, ACQUIRE_TIME, RENEW_TIME, TTL, TRANSITIONS, LEASE)) {
            told.append(object.annotation(key).orElse("")).append('\n');
        }
        Optional<Duration> ttl =
                object.annotation(TTL)
                        .filter(text -> text.matches("[1-9]\\d{0,6}"))
                        .map(text -> Duration.ofSeconds(Long.parseLong(text)));
        Optional<MemberName> leader =
                object.annotation(LEADER)
                        .filter(name -> !name.isBlank() && name.indexOf('/') < 0)
                        .map(MemberName::new);
        return new LeaderRecord(
                leader, object.annotation(ACQUIRE_TIME), ttl, lease(object), told.toString());
    }

    private static Optional<Lease> lease(StoredObject object) {
        Optional<String> acquired = object.annotation(ACQUIRE_TIME);
        return object.annotation(LEASE)
                .flatMap(Json::parseObject)
                .filter(json -> acquired.equals(json.at(ACQUIRE_TIME).string()))
                .filter(json -> json.longAt("term").isPresent())
                .map(json -> new Lease(json.longAt("term").orElseThrow(), json.textAt("process")));
    }

    static String lease(Lease lease, String acquireTime) {
        return Json.object()
                .put("term", lease.term())
                .put("process", lease.process())
                .put(ACQUIRE_TIME, acquireTime)
                .done()
                .compact();
    }

    boolean isLedBy(MemberName name, String process) {
        return leader.filter(name::equals).isPresent()
                && lease.filter(l -> l.process().equals(process)).isPresent();
    }
}
