package io.toomai.dcs.consul;

import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.ProcessLease.Lease;
import io.toomai.dcs.http.HttpRequest.Method;
import io.toomai.dcs.http.Refusal;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How Consul grants, renews and ends a session.
final class ConsulSession {
    private static final Logger LOG = LoggerFactory.getLogger(ConsulSession.class);

    /// `must be between [10s=24h0m0s]`, the first being `session_ttl_min`.
    private static final Pattern SHORTEST =
            Pattern.compile("between \\[(?:(\\d+)h)?(?:(\\d+)m)?(?:(\\d+)(?:\\.\\d+)?s)?=");

    private ConsulSession() {}

    /// Consul keeps a session for up to twice its ttl; what the store shall keep the key for is
    /// therefore halved.
    static Duration ofLeaderKey(Duration ttl) {
        return ttl.dividedBy(2);
    }

    /// With the shortest ttl that this Consul has, where that is more than the one asked for.
    static Lease grant(
            ConsulCalls calls, ConsulDcsSettings settings, Duration ttl, Deadline deadline) {
        try {
            return new Lease(
                    calls.repeatable(line -> create(line, calls, settings, ttl), deadline),
                    ttl,
                    ttl);
        } catch (DcsException e) {
            Duration shortest =
                    shortest(e.getMessage()).filter(s -> s.compareTo(ttl) > 0).orElseThrow(() -> e);
            LOG.warn(
                    "{}: ttl {} is more than asked for, because Consul has no shorter sessions"
                            + " (session_ttl_min); set ttl accordingly",
                    calls.who(),
                    shortest.multipliedBy(2));
            return new Lease(
                    calls.repeatable(line -> create(line, calls, settings, shortest), deadline),
                    ttl,
                    shortest);
        }
    }

    private static String create(
            ConsulCalls.Line line, ConsulCalls calls, ConsulDcsSettings settings, Duration ttl)
            throws IOException, Refusal {
        Json checks = Json.texts(settings.checks().stream());
        // Without an explicit list Consul takes its own check of the node, which ends the session
        // of a living member; `Checks` is the name of that list before 1.7. The delay is what
        // Patroni has; who takes a key early waits by itself (see LeaderLease).
        Json body =
                Json.object()
                        .put("Name", settings.scope() + "-" + settings.member())
                        .put("TTL", ttl.toMillis() + "ms")
                        .put("LockDelay", "0s")
                        .put("Behavior", "delete")
                        .put("NodeChecks", checks)
                        .put("Checks", checks)
                        .done();
        String id =
                line.ask(calls.request(Method.PUT, "session/create", "", body.compact()))
                        .json()
                        .textAt("ID");
        if (id.isEmpty()) {
            throw new DcsException(Code.DCS_PROTOCOL, calls.who() + ": created no session");
        }
        return id;
    }

    private static Optional<Duration> shortest(String refusal) {
        Matcher matcher = SHORTEST.matcher(refusal);
        if (!matcher.find()) {
            return Optional.empty();
        }
        return Optional.of(
                Duration.ofHours(number(matcher, 1))
                        .plusMinutes(number(matcher, 2))
                        .plusSeconds(number(matcher, 3)));
    }

    private static long number(Matcher matcher, int group) {
        String text = matcher.group(group);
        return text == null ? 0 : Math.min(Long.parseLong(text), Integer.MAX_VALUE);
    }

    /// What the answer to a renewal says of the session.
    enum Standing {
        ALIVE,
        /// Not known there. A store leader that was just elected may err about it.
        UNKNOWN
    }

    static Standing renew(ConsulCalls.Line line, ConsulCalls calls, String id)
            throws IOException, Refusal {
        return line.ask(calls.request(Method.PUT, "session/renew/" + id, "", "")).isAbsent()
                ? Standing.UNKNOWN
                : Standing.ALIVE;
    }

    /// The keys that it holds vanish with it.
    static void destroy(ConsulCalls calls, String id, Deadline deadline) {
        calls.repeatable(
                line -> line.ask(calls.request(Method.PUT, "session/destroy/" + id, "", "")),
                deadline);
    }
}
