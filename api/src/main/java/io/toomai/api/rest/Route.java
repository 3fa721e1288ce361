package io.toomai.api.rest;

import java.util.List;
import java.util.Optional;

/// The catalogue of what the REST API answers; `docs/reference/rest.md` is made from it. Calls are
/// told apart by method and first path segment, as in Patroni, so `/config/x` is `/config`.
enum Route {
    HEALTH(
            call("", "GET", "HEAD", "OPTIONS"),
            Effect.READS,
            Body.NONE,
            "Health check; the path says of what. `GET` answers with the status document.",
            "200 fine; 503 not"),
    LIVENESS(
            call("liveness", "GET"),
            Effect.READS,
            Body.NONE,
            "Whether the HA loop still runs. No body.",
            "200 it does, or the cluster is paused; 503 it does not"),
    READINESS(
            call("readiness", "GET"),
            Effect.READS,
            Body.NONE,
            "Whether this is the leader or a standby that streams and trails by no more than `lag`"
                    + " (default `maximum_lag_on_failover`); `mode=write` counts received instead of"
                    + " replayed WAL. No body.",
            "200 it is; 503 it is not"),
    STATUS(
            call("patroni", "GET"),
            Effect.READS,
            Body.NONE,
            "The status document, whatever the state.",
            "200"),
    CLUSTER(
            call("cluster", "GET"),
            Effect.READS,
            Body.NONE,
            "All members with role, state and lag, from a fresh reading of the store.",
            "200; 503 the store does not answer"),
    HISTORY(
            call("history", "GET"),
            Effect.READS,
            Body.NONE,
            "The timeline switches: `[timeline, lsn, reason, timestamp?, new leader?]`.",
            "200; 503 the store does not answer"),
    CONFIG(
            call("config", "GET"),
            Effect.READS,
            Body.NONE,
            "The dynamic configuration.",
            "200; 502 there is none or the store does not answer"),
    METRICS(
            call("metrics", "GET"),
            Effect.READS,
            Body.NONE,
            "Metrics for Prometheus, named as Patroni names them.",
            "200"),
    WHY(
            call("why", "GET"),
            Effect.READS,
            Body.NONE,
            "The latest decisions of this node, one line each, newest last, as a JSON array."
                    + " `n` says how many (default 10, at most 1000).",
            "200; 400 `n` is not a number"),
    JOURNAL(
            call("journal", "GET"),
            Effect.READS,
            Body.NONE,
            "As `/why`, 100 lines by default.",
            "200; 400 `n` is not a number"),
    HEARTBEATS(
            call("heartbeats", "GET"),
            Effect.STREAMS,
            Body.NONE,
            "This node's heartbeat as its peers hear it: one JSON object a line, at once, with each"
                    + " change, and at least every fifth of `toomai.suspect_after`. Ends when the"
                    + " HA loop shows no life or the caller takes nothing for 3 s.",
            "200; 503 with `Retry-After`: too many streams (32), or the HA loop shows no life"),
    PROXY_PICTURE(
            call("proxy", "GET"),
            Effect.AWAITS,
            Body.NONE,
            "What a proxy elsewhere goes by: who leads in which term, where the members are, and"
                    + " with `hold` that clients are to wait for a switchover. With `seen` (the"
                    + " `count` of the picture that the caller has) it is answered when there is"
                    + " another one, or after a second without it.",
            "200; 503 too many wait (128), or the HA loop shows no life"),
    FAILSAFE_MEMBERS(
            call("failsafe", "GET"),
            Effect.READS,
            Body.NONE,
            "The members that failsafe mode asks: API URL by name.",
            "200; 502 failsafe mode is off"),
    CONFIG_PATCH(
            call("config", "PATCH"),
            Effect.CHANGES,
            Body.REQUIRED,
            "Changes the dynamic configuration: `null` deletes a key, objects merge, everything else"
                    + " replaces. Answers with the whole configuration.",
            "200; 400 not valid; 409 somebody else changed it at the same time; 503 there is none or"
                    + " the store does not answer"),
    CONFIG_PUT(
            call("config", "PUT"),
            Effect.CHANGES,
            Body.REQUIRED,
            "Replaces the dynamic configuration.",
            "200; 400 not valid; 502 not written"),
    SWITCHOVER(
            call("switchover", "POST"),
            Effect.CHANGES,
            Body.REQUIRED,
            "Moves the leader: `leader` (required), `candidate`, `scheduled_at` (ISO 8601 with"
                    + " offset). Waits for the new leader unless scheduled.",
            "200 moved; 202 scheduled; 400 not a valid request; 412 not possible now; 422 the time"
                    + " cannot be read or is past; 503 failed, or not known how it ended"),
    SWITCHOVER_CANCEL(
            call("switchover", "DELETE"),
            Effect.CHANGES,
            Body.NONE,
            "Deletes a scheduled switchover.",
            "200; 404 none is scheduled; 409 it changed at the same time; 503 the store does not"
                    + " answer"),
    FAILOVER(
            call("failover", "POST"),
            Effect.CHANGES,
            Body.REQUIRED,
            "Makes `candidate` the leader, also where there is none. With `leader` it is a"
                    + " switchover.",
            "as `/switchover`; it cannot be scheduled"),
    RESTART(
            call("restart", "POST"),
            Effect.CHANGES,
            Body.OPTIONAL,
            "Restarts PostgreSQL and waits for it; with `schedule` later. Conditions: `role`,"
                    + " `postgres_version` (the server is older), `restart_pending`. `timeout` in"
                    + " seconds.",
            "200; 202 scheduled; 400 not a valid request; 409 another restart is scheduled; 422 the"
                    + " time cannot be read or is past; 500 paused; 503 conditions not met, or it"
                    + " failed"),
    RESTART_CANCEL(
            call("restart", "DELETE"),
            Effect.CHANGES,
            Body.NONE,
            "Deletes a scheduled restart.",
            "200; 404 none is scheduled"),
    RELOAD(
            call("reload", "POST"),
            Effect.CHANGES,
            Body.NONE,
            "Reads the local configuration again.",
            "202"),
    SIGTERM(
            call("sigterm", "POST"),
            Effect.CHANGES,
            Body.NONE,
            "Does nothing, as in Patroni on Linux: whoever stops an agent sends it the signal.",
            "202"),
    PROXY(
            call("proxy", "POST"),
            Effect.ATTENDS,
            Body.REQUIRED,
            "A proxy elsewhere says that it is here, for 3 s: `name`, `open` (transactions under way"
                    + " on the primary), `holds` (the `hold` for which its clients wait). With"
                    + " `leaves: true` it ends.",
            "200; 400 something is missing; 503 there is no room for one more (64)"),
    REINITIALIZE(
            call("reinitialize", "POST"),
            Effect.CHANGES,
            Body.OPTIONAL,
            "Throws this standby's data away and clones it anew. `force` cancels long work in"
                    + " progress, `from_leader` copies from the leader only.",
            "200 started; 503 not possible"),
    FAILSAFE(
            call("failsafe", "POST"),
            Effect.CHANGES,
            Body.REQUIRED,
            "A leader that lost the store asks whether it may go on: `name`, `conn_url`, `api_url`,"
                    + " `slots`, `ttl_ms`. Who accepts does not take the leader key for that long. The"
                    + " header `lsn` tells what this node has received.",
            "200 `Accepted`; 500 this node leads; 502 failsafe mode is off"),
    CITUS(
            call("citus", "POST"),
            Effect.CHANGES,
            Body.REQUIRED,
            "The leader of a group of a Citus cluster tells the coordinator's leader what happens:"
                    + " `type` (`before_demote`, `before_promote`, `after_promote`), `group`,"
                    + " `leader`, `timeout`, `cooldown` (seconds). `before_demote` is answered when"
                    + " traffic waits, or after `timeout`.",
            "200 `OK`, also from who does not lead the coordinator; 400 something is missing"),
    MPP(
            call("mpp", "POST"),
            Effect.CHANGES,
            Body.REQUIRED,
            "The same as `/citus`, under Patroni's newer name.",
            "as `/citus`");

    private final String methods;
    private final String segment;
    private final Effect effect;
    private final Body body;
    private final String meaning;
    private final String answers;

    Route(Call call, Effect effect, Body body, String meaning, String answers) {
        this.methods = call.methods();
        this.segment = call.segment();
        this.effect = effect;
        this.body = body;
        this.meaning = meaning;
        this.answers = answers;
    }

    private record Call(String segment, String methods) {}

    private static Call call(String segment, String... methods) {
        return new Call(segment, String.join(", ", methods));
    }

    /// Whether access is checked, and whether the answer ever ends.
    enum Effect {
        READS,
        /// Reads too, and goes on until one side ends it.
        STREAMS,
        /// Reads too, and may wait for something to read.
        AWAITS,
        CHANGES,
        /// Changes nothing that lasts; access is checked as where something is changed.
        ATTENDS
    }

    /// Whether a JSON object must come with it.
    enum Body {
        NONE,
        OPTIONAL,
        REQUIRED
    }

    /// The route of a call; empty for methods that nothing answers.
    static Optional<Route> match(String method, String path) {
        String segment = firstSegment(path);
        for (Route route : values()) {
            if (route != HEALTH && route.segment.equals(segment) && route.takes(method)) {
                return Optional.of(route);
            }
        }
        return HEALTH.takes(method) ? Optional.of(HEALTH) : Optional.empty();
    }

    private static String firstSegment(String path) {
        String rest = path.replaceFirst("^/+", "");
        int slash = rest.indexOf('/');
        return slash < 0 ? rest : rest.substring(0, slash);
    }

    private boolean takes(String method) {
        return List.of(methods.split(", ")).contains(method);
    }

    Effect effect() {
        return effect;
    }

    /// Whether anybody may call it.
    boolean isFree() {
        return switch (effect) {
            case READS, STREAMS, AWAITS -> true;
            case CHANGES, ATTENDS -> false;
        };
    }

    Body body() {
        return body;
    }

    String meaning() {
        return meaning;
    }

    String answers() {
        return answers;
    }

    /// The call as written in the documentation.
    String call() {
        return methods + " /" + (this == HEALTH ? "…" : segment);
    }
}
