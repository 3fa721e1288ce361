package io.toomai.dcs.kubernetes;

import io.toomai.core.model.MonoTime;
import io.toomai.core.model.Secret;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.http.Connections;
import io.toomai.dcs.http.Connections.Turn;
import io.toomai.dcs.http.Endpoint;
import io.toomai.dcs.http.HttpConnection;
import io.toomai.dcs.http.HttpConnection.Answer;
import io.toomai.dcs.kubernetes.ApiRequest.Resource;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// Requests to whichever server answers. What may be repeated goes to one server after the other,
/// each within a part of the time; what may not ([#once]) only as long as it was certainly not
/// done. A server that asks to wait (429, 503 with `Retry-After`) is left alone for that long.
/// Thread-safe.
final class KubernetesApi {
    private static final Duration MIN_HOP = Duration.ofSeconds(1);
    private static final Duration MAX_HOP = Duration.ofSeconds(5);
    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final Duration SURELY_ALIVE = Duration.ofSeconds(1);
    private static final int MAX_ROUNDS = 4;
    private static final int MAX_MESSAGE = 300;

    private final KubernetesAccess settings;
    private final String who;
    private final ApiServers servers;
    private final ApiToken token;
    private final Duration hop;
    private final Set<Integer> retriable;
    private final Connections connections;

    /// @param onFailure hears of each server that failed
    KubernetesApi(KubernetesAccess settings, Consumer<Endpoint> onFailure) {
        this.settings = settings;
        Endpoint service = at(settings.api().host(), settings.api().port());
        this.who = "Kubernetes " + service + " (member " + settings.member() + ")";
        this.connections = new Connections(who);
        this.token = new ApiToken(settings.api().token());
        this.servers =
                new ApiServers(
                        service,
                        who,
                        server -> {
                            connections.dropIdle(server);
                            onFailure.accept(server);
                        });
        this.retriable = new HashSet<>(settings.api().retriableCodes());
        this.retriable.addAll(List.of(500, 503, 504));
        Duration sixth = settings.ttl().dividedBy(6);
        Duration atLeast = sixth.compareTo(MIN_HOP) < 0 ? MIN_HOP : sixth;
        this.hop = atLeast.compareTo(MAX_HOP) > 0 ? MAX_HOP : atLeast;
    }

    private static Endpoint at(String host, int port) {
        return new Endpoint(Endpoint.Scheme.HTTPS, host, port);
    }

    String who() {
        return who;
    }

    ApiServers servers() {
        return servers;
    }

    ApiToken token() {
        return token;
    }

    /// How long one server may take before the next is asked.
    Duration hop() {
        return hop;
    }

    /// May be carried out twice.
    ApiReply repeatable(ApiRequest request, Deadline deadline) {
        try (Turn _ = connections.turn(deadline)) {
            return urgent(request, deadline);
        }
    }

    /// The same for the lease: does not wait for its turn, so the guard waits for nobody.
    ApiReply urgent(ApiRequest request, Deadline deadline) {
        return converse(request, Again.ALWAYS, deadline);
    }

    /// Must not be carried out twice.
    ///
    /// @throws DcsException DCS_TIMEOUT or DCS_CONNECTION also when it may have been carried out
    ApiReply once(ApiRequest request, Deadline deadline) {
        try (Turn _ = connections.turn(deadline)) {
            return converse(request, Again.IF_NOT_DONE, deadline);
        }
    }

    /// When a request is sent again.
    private enum Again {
        ALWAYS,
        IF_NOT_DONE
    }

    /// What one server made of a request.
    private sealed interface Attempt {
        record Answered(ApiReply reply) implements Attempt {}

        /// @param retryIn what the server asked for
        record Failed(DcsException why, Done done, Duration retryIn) implements Attempt {}
    }

    /// What is known of a request that failed.
    private enum Done {
        CERTAINLY_NOT,
        PERHAPS
    }

    private ApiReply converse(ApiRequest request, Again again, Deadline deadline) {
        Map<Endpoint, MonoTime> notBefore = new HashMap<>();
        Optional<DcsException> failure = Optional.empty();
        for (int round = 0; !deadline.isOver(); round++) {
            // Slow servers are given more time when all were tried.
            Duration each =
                    again == Again.ALWAYS
                            ? hop.multipliedBy(1L << Math.min(round, MAX_ROUNDS))
                            : Duration.ofNanos(deadline.remainingNanos());
            for (Endpoint server : servers.order()) {
                boolean asksToWait =
                        notBefore.containsKey(server)
                                && Deadline.now().isBefore(notBefore.get(server));
                if (asksToWait || deadline.isOver()) {
                    continue;
                }
                switch (attempt(server, request, again, deadline.atMost(each))) {
                    case Attempt.Answered(ApiReply reply) -> {
                        return reply;
                    }
                    case Attempt.Failed(DcsException why, Done done, Duration retryIn) -> {
                        if (again == Again.IF_NOT_DONE && done == Done.PERHAPS) {
                            throw why;
                        }
                        failure = Optional.of(why);
                        notBefore.put(server, Deadline.now().plus(retryIn));
                    }
                }
            }
            waitForOne(notBefore, failure, deadline);
        }
        throw failure.orElseGet(() -> new DcsException(Code.DCS_TIMEOUT, who + ": no time left"));
    }

    /// Until the first server may be asked again; gives up at once when that is too late.
    private void waitForOne(
            Map<Endpoint, MonoTime> notBefore, Optional<DcsException> failure, Deadline deadline) {
        MonoTime first =
                notBefore.values().stream()
                        .reduce(MonoTime::earliest)
                        .orElseGet(() -> Deadline.now().plus(PAUSE));
        if (failure.isPresent() && deadline.end().isBefore(first)) {
            throw failure.get();
        }
        connections.pause(new Deadline(MonoTime.earliest(first, deadline.end())));
    }

    private Attempt attempt(Endpoint server, ApiRequest request, Again again, Deadline deadline) {
        HttpConnection connection;
        try {
            connection = connection(server, again, deadline);
        } catch (IOException e) {
            servers.failed(server, message(e));
            return new Attempt.Failed(unreachable(server, e), Done.CERTAINLY_NOT, PAUSE);
        }
        try {
            MonoTime sent = Deadline.now();
            Secret used = token.current();
            Answer answer = connection.exchange(request.http(used), deadline);
            boolean newer = answer.status() == 401 && !token.newerThan(used).equals(used);
            if (newer) {
                sent = Deadline.now();
                answer = connection.exchange(request.http(token.current()), deadline);
            }
            return weigh(server, request, answer, sent);
        } catch (IOException e) {
            if (connection.hasServed() && !(e instanceof SocketTimeoutException)) {
                // The server closed a connection that nobody used; it may be well all the same.
                return new Attempt.Failed(unreachable(server, e), Done.PERHAPS, Duration.ZERO);
            }
            servers.failed(server, message(e));
            return new Attempt.Failed(unreachable(server, e), Done.PERHAPS, PAUSE);
        } finally {
            connections.giveBack(connection);
        }
    }

    private Attempt weigh(Endpoint server, ApiRequest request, Answer answer, MonoTime sent) {
        int status = answer.status();
        if (status == 429) {
            Duration wait = retryAfter(answer);
            return new Attempt.Failed(refusal(request, answer), Done.CERTAINLY_NOT, wait);
        }
        if (retriable.contains(status)) {
            servers.failed(server, "HTTP " + status);
            Duration wait = retryAfter(answer);
            return new Attempt.Failed(refusal(request, answer), Done.PERHAPS, wait);
        }
        servers.served(server);
        if (status == 404 && request.name().isEmpty()) {
            throw refusal(request, answer); // it is the namespace that is missing
        }
        return switch (status) {
            case 200, 201, 202 ->
                    new Attempt.Answered(
                            new ApiReply.Done(
                                    Json.parseObject(answer.body())
                                            .orElseThrow(() ->
                                                    new DcsException(
                                                            Code.DCS_PROTOCOL,
                                                            who
                                                                    + ": what follows "
                                                                    + request
                                                                    + " is not JSON")),
                                    sent));
            case 404 -> new Attempt.Answered(new ApiReply.Absent(sent));
            case 409 -> new Attempt.Answered(new ApiReply.Conflict(sent));
            default -> throw refusal(request, answer);
        };
    }

    /// What the server asks for; a date is not taken.
    private static Duration retryAfter(Answer answer) {
        return Optional.ofNullable(answer.headers().get("retry-after"))
                .filter(text -> text.matches("\\d{1,6}"))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)))
                .orElse(PAUSE);
    }

    /// What the operator may do about it, and what the server said.
    private DcsException refusal(ApiRequest request, Answer answer) {
        String said =
                Json.parseObject(answer.body())
                        .flatMap(status -> status.at("message").string())
                        .map(text -> text.substring(0, Math.min(text.length(), MAX_MESSAGE)))
                        .orElse("HTTP " + answer.status());
        String verb = request.verb().name().toLowerCase(Locale.ROOT);
        return switch (answer.status()) {
            case 401 ->
                    new DcsException(
                            Code.DCS_DENIED,
                            "%s: the token in %s is not accepted (%s); is it this cluster's?"
                                    .formatted(who, settings.api().token(), said));
            case 403 ->
                    new DcsException(
                            Code.DCS_DENIED,
                            "%s: not allowed to %s; grant verb '%s' on '%s' in a Role of namespace %s to this pod's service account (%s)"
                                    .formatted(
                                            who,
                                            request,
                                            verb,
                                            request.resource().plural(),
                                            request.namespace(),
                                            said));
            default ->
                    new DcsException(
                            answer.status() == 429 || retriable.contains(answer.status())
                                    ? Code.DCS_CONNECTION
                                    : Code.DCS_PROTOCOL,
                            "%s: %s was answered with HTTP %d (%s)"
                                    .formatted(who, request, answer.status(), said));
        };
    }

    /// One that was in use a moment ago, or a new one: on an older one a request might be lost
    /// without anybody knowing whether it arrived. Where that does no harm age does not matter.
    private HttpConnection connection(Endpoint server, Again again, Deadline deadline)
            throws IOException {
        Duration atMost = again == Again.ALWAYS ? hop : SURELY_ALIVE;
        for (Optional<HttpConnection> kept = connections.takeIdle(server);
                kept.isPresent();
                kept = connections.takeIdle(server)) {
            if (kept.get().idle().compareTo(atMost) < 0) {
                return kept.get();
            }
            kept.get().close();
        }
        return open(server, deadline);
    }

    private HttpConnection open(Endpoint server, Deadline deadline) throws IOException {
        return HttpConnection.open(
                server, settings.api().host(), settings.api().tls(), deadline.atMost(CONNECT));
    }

    /// An answer that goes on, at the first server that gives one; empty when the version to begin
    /// at is too old.
    Optional<HttpConnection> stream(ApiRequest request, Deadline deadline) throws IOException {
        Endpoint server = servers.order().getFirst();
        HttpConnection connection;
        try {
            connection = open(server, deadline);
        } catch (IOException e) {
            servers.failed(server, message(e));
            throw e;
        }
        boolean begun = false;
        try {
            Answer answer = connection.stream(request.http(token.current()), deadline);
            begun = answer.status() == 200;
            if (begun) {
                return Optional.of(connection);
            }
            if (answer.status() == 410) {
                return Optional.empty();
            }
            if (answer.status() == 401) {
                token.refresh(); // for the next try
            } else if (answer.status() == 429 || retriable.contains(answer.status())) {
                servers.failed(server, "HTTP " + answer.status());
            }
            throw refusal(request, answer);
        } catch (IOException e) {
            servers.failed(server, message(e));
            throw e;
        } finally {
            if (!begun) {
                connection.close();
            }
        }
    }

    /// Asks the service for the servers behind it.
    void discover(Deadline deadline) {
        ApiRequest request = ApiRequest.get(Resource.ENDPOINTS, "default", "kubernetes");
        if (!(repeatable(request, deadline) instanceof ApiReply.Done(Json body, MonoTime _))) {
            return;
        }
        List<Endpoint> found = new ArrayList<>();
        for (Json subset : body.at("subsets").items()) {
            Optional<Integer> port =
                    subset.at("ports").items().stream()
                            .filter(p -> p.textAt("name").equals("https"))
                            .flatMap(p -> p.longAt("port").stream().boxed())
                            .map(Math::toIntExact)
                            .findFirst();
            for (Json address : subset.at("addresses").items()) {
                Optional<String> ip = address.at("ip").string();
                if (port.isPresent() && ip.isPresent()) {
                    found.add(at(ip.get(), port.get()));
                }
            }
        }
        if (!found.isEmpty()) {
            servers.discovered(found);
        }
    }

    private static String message(IOException e) {
        return Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName());
    }

    private DcsException unreachable(Endpoint server, IOException e) {
        Code code = e instanceof SocketTimeoutException ? Code.DCS_TIMEOUT : Code.DCS_CONNECTION;
        return new DcsException(code, who + ": " + server + ": " + message(e), e);
    }

    /// Calls that wait between two tries end, and all later ones fail.
    void close() {
        connections.close();
    }
}
