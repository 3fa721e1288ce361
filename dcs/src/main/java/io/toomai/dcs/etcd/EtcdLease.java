package io.toomai.dcs.etcd;

import io.toomai.core.model.MonoTime;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.ProcessLease.Lease;
import io.toomai.dcs.http.Refusal;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.time.Duration;

/// How etcd grants, keeps alive and revokes a lease.
final class EtcdLease {
    private EtcdLease() {}

    /// What etcd can be asked for.
    static Duration wholeSeconds(Duration ttl) {
        return Duration.ofSeconds(Math.max(1, ttl.plusNanos(999_999_999).toSeconds()));
    }

    static Lease grant(EtcdCalls calls, Duration ttl, Deadline deadline) {
        Json.Obj body = Json.object().put("TTL", Long.toString(ttl.toSeconds())).done();
        GatewayReply reply = calls.repeatable("/v3/lease/grant", body, deadline);
        Duration granted = Duration.ofSeconds(reply.at("TTL"));
        if (reply.at("ID") == 0 || !granted.isPositive()) {
            throw new DcsException(Code.DCS_PROTOCOL, calls.who() + ": granted no lease");
        }
        return new Lease(Long.toString(reply.at("ID")), ttl, granted);
    }

    /// A renewal as one server passed it on.
    ///
    /// @param term of the entry that the server had applied before it passed the renewal on
    record KeptAlive(MonoTime sent, String memberId, long term, Standing standing) {}

    /// What the answer says of the lease.
    enum Standing {
        ALIVE,
        /// Not known there. A store leader that was just elected may err about it.
        UNKNOWN
    }

    static KeptAlive keepAlive(EtcdCalls.Line line, String id) throws IOException, Refusal {
        MonoTime sent = Deadline.now();
        GatewayReply reply = line.ask("/v3/lease/keepalive", Json.object().put("ID", id).done());
        return new KeptAlive(
                sent,
                reply.memberId(),
                reply.term(),
                reply.at("TTL") > 0 ? Standing.ALIVE : Standing.UNKNOWN);
    }

    /// The keys vanish with the lease.
    static void revoke(EtcdCalls calls, String id, Deadline deadline) {
        try {
            calls.repeatable("/v3/lease/revoke", Json.object().put("ID", id).done(), deadline);
        } catch (DcsException e) {
            if (e.code() != Code.DCS_SESSION_EXPIRED) {
                throw e;
            }
        }
    }
}
