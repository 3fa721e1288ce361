package io.toomai.api.rest;

import io.toomai.api.ClusterDocument;
import io.toomai.api.HealthCheck;
import io.toomai.api.MetricsDocument;
import io.toomai.api.Node;
import io.toomai.api.Node.ClusterReading;
import io.toomai.api.NodeStatus;
import io.toomai.api.StatusDocument;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.model.MonoTime;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Turns a request into a reply: finds the route, checks access, reads or hands on to [Changes].
/// Knows nothing of sockets. Thread safe.
final class Dispatcher {
    private static final int MAX_DECISIONS = 1000;
    private static final Set<Route> TELL_POSITION =
            EnumSet.of(Route.STATUS, Route.METRICS, Route.READINESS);

    private final Node node;
    private final AccessControl access;
    private final Changes changes;
    private final ProxyCalls proxies;

    Dispatcher(Node node, AccessControl access) {
        this.node = node;
        this.access = access;
        this.changes = new Changes(node);
        this.proxies = new ProxyCalls(node);
    }

    /// Whether a call may be answered; found out without reading its body.
    sealed interface Access {
        record Refused(Reply reply) implements Access {}

        record Granted(Route route, Request request) implements Access {}
    }

    Access access(Request request) {
        Optional<Route> route = Route.match(request.method(), request.path());
        if (route.isEmpty()) {
            return new Access.Refused(
                    Reply.error(501, "Unsupported method ('" + request.method() + "')"));
        }
        return access.check(route.get(), request.caller(), node.status(), node.now())
                .<Access>map(Access.Refused::new)
                .orElseGet(() -> new Access.Granted(route.get(), request));
    }

    Reply answer(Access.Granted call) {
        NodeStatus status =
                tellsPosition(call.route(), call.request()) ? node.freshStatus() : node.status();
        return answer(call.route(), call.request(), status, node.now());
    }

    /// Health checks without `lag` come often and do not need it.
    private static boolean tellsPosition(Route route, Request request) {
        return TELL_POSITION.contains(route)
                || (route == Route.HEALTH && request.query().first("lag").isPresent());
    }

    private Reply answer(Route route, Request request, NodeStatus status, MonoTime now) {
        return switch (route) {
            case HEALTH -> health(request, status, now);
            case LIVENESS -> Reply.empty(HealthCheck.liveness(status, now).code());
            case READINESS ->
                    Reply.empty(HealthCheck.readiness(request.query(), status, now).code());
            case STATUS -> Reply.json(200, StatusDocument.of(status, now));
            case CLUSTER ->
                    withCluster(view ->
                            Reply.json(
                                    200,
                                    ClusterDocument.of(
                                            view,
                                            status.identity().scope(),
                                            status.heartbeats().present(now))));
            case HISTORY -> history(status, now);
            case CONFIG -> config(status, now);
            case METRICS -> Reply.metrics(MetricsDocument.of(status, now));
            case WHY -> journal(request, 10);
            case JOURNAL -> journal(request, 100);
            case HEARTBEATS -> Reply.text(503, "heartbeats are told as a stream only");
            case FAILSAFE_MEMBERS -> failsafeMembers();
            case PROXY_PICTURE -> proxies.picture(request.query(), status.identity().scope());
            case PROXY -> withBody(route, request, proxies::standing);
            case CONFIG_PATCH,
                    CONFIG_PUT,
                    SWITCHOVER,
                    SWITCHOVER_CANCEL,
                    FAILOVER,
                    RESTART,
                    RESTART_CANCEL,
                    RELOAD,
                    SIGTERM,
                    REINITIALIZE,
                    FAILSAFE,
                    CITUS,
                    MPP ->
                    withBody(
                            route,
                            request,
                            body -> changes.carryOut(new Changes.Call(route, body, status)));
        };
    }

    private Reply health(Request request, NodeStatus status, MonoTime now) {
        int code = HealthCheck.of(request.path(), request.query(), status, now).code();
        return request.method().equals("GET")
                ? Reply.json(code, StatusDocument.of(status, now))
                : Reply.empty(code);
    }

    private Reply withCluster(Function<ClusterView, Reply> answer) {
        return switch (node.readCluster()) {
            case ClusterReading.Read(var view) -> answer.apply(view);
            case ClusterReading.Unavailable(var why) -> storeUnavailable(why);
        };
    }

    static Reply storeUnavailable(String why) {
        return Reply.text(503, "the store does not answer, nothing was changed: " + why);
    }

    /// The view that the node has, where it is fresh, spares the store the question.
    private Reply history(NodeStatus status, MonoTime now) {
        return status.cluster(now)
                .map(view -> Reply.json(200, ClusterDocument.history(view.history())))
                .orElseGet(() ->
                        withCluster(
                                view -> Reply.json(200, ClusterDocument.history(view.history()))));
    }

    /// Read anew, so that a change made through another member is seen at once.
    private Reply config(NodeStatus status, MonoTime now) {
        Optional<ClusterView> view =
                switch (node.readCluster()) {
                    case ClusterReading.Read(var fresh) -> Optional.of(fresh);
                    case ClusterReading.Unavailable _ -> status.cluster(now);
                };
        return view.flatMap(ClusterView::config)
                .map(Versioned::value)
                .flatMap(Json::parseObject)
                .map(config -> Reply.json(200, config))
                .orElseGet(
                        () -> Reply.error(502, "there is no dynamic configuration in the store"));
    }

    private Reply journal(Request request, int usual) {
        Optional<String> wanted = request.query().first("n");
        if (wanted.filter(n -> !n.matches("\\d{1,9}")).isPresent()) {
            return Reply.text(400, "n must be a number of decisions, like n=20");
        }
        int limit = Math.min(MAX_DECISIONS, wanted.map(Integer::parseInt).orElse(usual));
        List<String> lines = limit == 0 ? List.of() : node.journal(limit);
        List<String> latest = lines.subList(Math.max(0, lines.size() - limit), lines.size());
        return Reply.json(200, Json.texts(latest.stream()));
    }

    private Reply failsafeMembers() {
        return switch (node.failsafe()) {
            case Node.FailsafeView.Off _ -> Reply.error(502, "failsafe mode is off");
            case Node.FailsafeView.Members(var members) -> {
                JsonFields document = Json.object();
                members.forEach(document::put);
                yield Reply.json(200, document.done());
            }
        };
    }

    private static Reply withBody(Route route, Request request, Function<Json.Obj, Reply> answer) {
        if (route.body() == Route.Body.NONE) {
            return answer.apply(Json.Obj.EMPTY);
        }
        boolean optional = route.body() == Route.Body.OPTIONAL;
        return switch (request.body().get()) {
            case Request.BodyReading.NoLength _ ->
                    optional
                            ? answer.apply(Json.Obj.EMPTY)
                            : Reply.error(411, "Content-Length is missing");
            case Request.BodyReading.TooLong(var limit) ->
                    Reply.error(413, "the body is longer than " + limit + " bytes");
            case Request.BodyReading.Incomplete _ ->
                    Reply.error(408, "the body did not arrive in time");
            case Request.BodyReading.Text(var text) ->
                    optional && text.isBlank()
                            ? answer.apply(Json.Obj.EMPTY)
                            : Json.parseObject(text)
                                    .filter(object -> optional || !object.fields().isEmpty())
                                    .map(answer)
                                    .orElseGet(() ->
                                            Reply.error(400, "the body is not a JSON object"));
        };
    }
}
