package io.toomai.dcs.http;

import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.http.Connections.Turn;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/// Requests to whichever server answers. What may be repeated ([#converse]) goes to one server
/// after the other, each within a part of the time; what may not ([#once]) goes to the next only as
/// long as it was certainly not sent. Thread-safe.
public final class HttpCalls {
    private static final Duration MIN_HOP = Duration.ofMillis(300);
    private static final Duration MAX_HOP = Duration.ofSeconds(3);
    private static final Duration CONNECT = Duration.ofMillis(500);
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final Duration SURELY_ALIVE = Duration.ofSeconds(1);
    private static final int MAX_ROUNDS = 4;

    private final String who;
    private final Supplier<SSLContext> tls;
    private final Endpoints endpoints;
    private final Duration hop;
    private final Connections connections;

    /// @param who the store and the member, as messages name them
    /// @param ttl a sixth of it is what one server may take before the next is asked
    /// @param onFailure hears of each server that failed; returns at once
    public HttpCalls(
            String who,
            List<Endpoint> configured,
            Supplier<SSLContext> tls,
            Duration ttl,
            Consumer<Endpoint> onFailure) {
        this.who = who;
        this.tls = tls;
        this.connections = new Connections(who);
        this.endpoints =
                new Endpoints(
                        configured,
                        who,
                        endpoint -> {
                            connections.dropIdle(endpoint);
                            onFailure.accept(endpoint);
                        });
        Duration sixth = ttl.dividedBy(6);
        Duration atLeast = sixth.compareTo(MIN_HOP) < 0 ? MIN_HOP : sixth;
        this.hop = atLeast.compareTo(MAX_HOP) > 0 ? MAX_HOP : atLeast;
    }

    public String who() {
        return who;
    }

    public Endpoints endpoints() {
        return endpoints;
    }

    /// How long one server may take before the next is asked.
    public Duration hop() {
        return hop;
    }

    /// What is asked on one connection.
    public interface Conversation<T> {
        T on(HttpConnection connection, Deadline deadline) throws IOException, Refusal;
    }

    /// Asks one server after the other; what is asked may be asked again. Does not wait for its
    /// turn, so the lease guard waits for nobody.
    public <T> T converse(Conversation<T> conversation, Deadline deadline) {
        Optional<DcsException> failure = Optional.empty();
        for (int round = 0; !deadline.isOver(); round++) {
            // Slow servers are given more time when all were tried.
            Duration each = hop.multipliedBy(1L << Math.min(round, MAX_ROUNDS));
            for (Endpoint endpoint : endpoints.order()) {
                if (deadline.isOver()) {
                    break;
                }
                try {
                    return on(endpoint, conversation, deadline.atMost(each));
                } catch (IOException e) {
                    endpoints.failed(endpoint, e);
                    // That the time ran out during the last try says less than why others failed.
                    if (failure.isEmpty() || !deadline.isOver()) {
                        failure = Optional.of(unreachable(endpoint, e));
                    }
                } catch (Refusal e) {
                    if (e.kind() != Refusal.Kind.UNAVAILABLE) {
                        throw e.asException(who);
                    }
                    endpoints.failed(endpoint, e);
                    failure = Optional.of(e.asException(who));
                }
            }
            rest(deadline);
        }
        throw failure.orElseGet(() -> new DcsException(Code.DCS_TIMEOUT, who + ": no time left"));
    }

    /// A short wait between two tries.
    ///
    /// @throws DcsException when this access was closed meanwhile
    public void rest(Deadline deadline) {
        connections.pause(deadline.atMost(PAUSE));
    }

    /// The same as one of few calls at a time.
    public <T> T converseInTurn(Conversation<T> conversation, Deadline deadline) {
        try (Turn _ = connections.turn(deadline)) {
            return converse(conversation, deadline);
        }
    }

    private <T> T on(Endpoint endpoint, Conversation<T> conversation, Deadline deadline)
            throws IOException, Refusal {
        while (true) {
            Optional<HttpConnection> kept = connections.takeIdle(endpoint);
            HttpConnection connection = kept.isPresent() ? kept.get() : connect(endpoint, deadline);
            try {
                T result = conversation.on(connection, deadline);
                endpoints.served(endpoint);
                return result;
            } catch (SocketTimeoutException e) {
                throw e;
            } catch (IOException e) {
                // One that can be used again has brought an answer, which is what failed.
                if (kept.isEmpty() || connection.isReusable()) {
                    throw e;
                }
                // The server closed a connection that nobody used; the next is tried.
            } finally {
                connections.giveBack(connection);
            }
        }
    }

    /// A conversation that must not take place twice.
    ///
    /// @throws DcsException DCS_TIMEOUT or DCS_CONNECTION also when it may have been carried out
    public <T> T once(Conversation<T> conversation, Deadline deadline) throws Refusal {
        try (Turn _ = connections.turn(deadline)) {
            HttpConnection connection = connectAny(deadline);
            try {
                T result = conversation.on(connection, deadline);
                endpoints.served(connection.endpoint());
                return result;
            } catch (IOException e) {
                endpoints.failed(connection.endpoint(), e);
                throw unreachable(connection.endpoint(), e);
            } catch (Refusal e) {
                if (e.kind() == Refusal.Kind.UNAVAILABLE) {
                    endpoints.failed(connection.endpoint(), e);
                }
                throw e;
            } finally {
                connections.giveBack(connection);
            }
        }
    }

    /// A line that was in use a moment ago, or a new one: on an older one a request might be lost
    /// without anybody knowing whether it arrived.
    private HttpConnection connectAny(Deadline deadline) {
        Optional<DcsException> failure = Optional.empty();
        while (!deadline.isOver()) {
            for (Endpoint endpoint : endpoints.order()) {
                Optional<HttpConnection> kept = connections.takeIdle(endpoint);
                if (kept.isPresent() && kept.get().idle().compareTo(SURELY_ALIVE) < 0) {
                    return kept.get();
                }
                kept.ifPresent(HttpConnection::close);
                try {
                    return connect(endpoint, deadline.atMost(hop));
                } catch (IOException e) {
                    endpoints.failed(endpoint, e);
                    failure = Optional.of(unreachable(endpoint, e));
                }
            }
            rest(deadline);
        }
        throw failure.orElseGet(() -> new DcsException(Code.DCS_TIMEOUT, who + ": no time left"));
    }

    /// A new connection to the server that served last. What begins on it goes on longer than a
    /// call, so the caller closes it.
    public HttpConnection openForLong(Deadline deadline) throws IOException {
        Endpoint endpoint =
                endpoints.order().stream()
                        .findFirst()
                        .orElseThrow(() -> new IOException("no endpoint is known"));
        try {
            return connect(endpoint, deadline);
        } catch (IOException e) {
            endpoints.failed(endpoint, e);
            throw e;
        }
    }

    private HttpConnection connect(Endpoint endpoint, Deadline deadline) throws IOException {
        return HttpConnection.open(endpoint, tls, deadline.atMost(CONNECT));
    }

    private DcsException unreachable(Endpoint endpoint, IOException e) {
        Code code = e instanceof SocketTimeoutException ? Code.DCS_TIMEOUT : Code.DCS_CONNECTION;
        return new DcsException(code, who + ": " + endpoint + ": " + e.getMessage(), e);
    }

    /// Calls that wait between two tries end, and all later ones fail.
    public void close() {
        connections.close();
    }
}
