package io.toomai.dcs.etcd;

import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.Deadline;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// Requests to whichever server answers. What may be repeated goes to one server after the other,
/// each within a part of the time; what may not ([#once]) goes to the next only as long as it was
/// certainly not sent. Thread-safe.
final class EtcdCalls {
    private static final Duration MIN_HOP = Duration.ofMillis(300);
    private static final Duration MAX_HOP = Duration.ofSeconds(3);
    private static final Duration CONNECT = Duration.ofMillis(500);
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final Duration SURELY_ALIVE = Duration.ofSeconds(1);
    private static final int MAX_IDLE = 3;
    private static final int MAX_ROUNDS = 4;

    /// Calls under way at a time; renewals are not counted.
    private static final int AT_A_TIME = 8;

    private final EtcdSettings settings;
    private final String who;
    private final EtcdEndpoints endpoints;
    private final EtcdLogin login;
    private final Duration hop;
    private final Semaphore turns = new Semaphore(AT_A_TIME);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();

    // Guarded by lock.
    private final Map<EtcdEndpoint, Deque<GatewayConnection>> idle = new HashMap<>();
    private boolean closed;
    private String cluster = "";
    private long term;

    /// @param onFailure hears of each server that failed
    EtcdCalls(EtcdSettings settings, Consumer<EtcdEndpoint> onFailure) {
        this.settings = settings;
        this.who = "etcd " + settings.endpoints() + " (member " + settings.member() + ")";
        this.login = new EtcdLogin(settings.login());
        this.endpoints =
                new EtcdEndpoints(
                        settings.endpoints(),
                        who,
                        endpoint -> {
                            dropIdle(endpoint);
                            onFailure.accept(endpoint);
                        });
        Duration sixth = settings.ttl().dividedBy(6);
        Duration atLeast = sixth.compareTo(MIN_HOP) < 0 ? MIN_HOP : sixth;
        this.hop = atLeast.compareTo(MAX_HOP) > 0 ? MAX_HOP : atLeast;
    }

    String who() {
        return who;
    }

    EtcdEndpoints endpoints() {
        return endpoints;
    }

    /// How long one server may take before the next is asked.
    Duration hop() {
        return hop;
    }

    /// One connection to one server, for the time of one conversation.
    final class Line {
        private final GatewayConnection connection;
        private final Deadline deadline;

        private Line(GatewayConnection connection, Deadline deadline) {
            this.connection = connection;
            this.deadline = deadline;
        }

        GatewayReply ask(String path, Json body) throws IOException, EtcdRefusal {
            String json = body.compact();
            Optional<String> token = login.token(connection, deadline);
            try {
                return checked(connection.exchange(path, json, token, deadline));
            } catch (EtcdRefusal e) {
                if (e.kind() != EtcdRefusal.Kind.TOKEN || !login.forget(token)) {
                    throw e;
                }
                Optional<String> fresh = login.token(connection, deadline);
                return checked(connection.exchange(path, json, fresh, deadline));
            }
        }
    }

    private GatewayReply checked(GatewayConnection.Answer answer) throws IOException, EtcdRefusal {
        GatewayReply reply = GatewayReply.of(answer);
        rememberTerm(reply);
        return reply;
    }

    /// What is asked on one line; may be asked again on another.
    interface Conversation<T> {
        T on(Line line) throws IOException, EtcdRefusal;
    }

    GatewayReply repeatable(String path, Json body, Deadline deadline) {
        return inTurn(deadline, () -> converse(line -> line.ask(path, body), deadline));
    }

    /// The same for an answer that a server left behind by the others could give: it must not be of
    /// an earlier term than one that this process has seen (contract §1.4).
    GatewayReply repeatableNotStale(String path, Json body, Deadline deadline) {
        return inTurn(deadline, () -> converse(line -> notStale(line.ask(path, body)), deadline));
    }

    /// Does not wait for its turn, so the lease guard waits for nobody.
    <T> T converse(Conversation<T> conversation, Deadline deadline) {
        Optional<DcsException> failure = Optional.empty();
        for (int round = 0; !deadline.isOver(); round++) {
            // Slow servers are given more time when all were tried.
            Duration each = hop.multipliedBy(1L << Math.min(round, MAX_ROUNDS));
            for (EtcdEndpoint endpoint : endpoints.order()) {
                if (deadline.isOver()) {
                    break;
                }
                try {
                    return on(endpoint, conversation, deadline.atMost(each));
                } catch (IOException e) {
                    endpoints.failed(endpoint, e);
                    failure = Optional.of(unreachable(endpoint, e));
                } catch (EtcdRefusal e) {
                    if (e.kind() != EtcdRefusal.Kind.UNAVAILABLE) {
                        throw e.asException(who);
                    }
                    endpoints.failed(endpoint, e);
                    failure = Optional.of(e.asException(who));
                }
            }
            pause(deadline.atMost(PAUSE));
        }
        throw failure.orElseGet(() -> new DcsException(Code.DCS_TIMEOUT, who + ": no time left"));
    }

    private <T> T on(EtcdEndpoint endpoint, Conversation<T> conversation, Deadline deadline)
            throws IOException, EtcdRefusal {
        while (true) {
            Optional<GatewayConnection> kept = takeIdle(endpoint);
            GatewayConnection connection =
                    kept.isPresent() ? kept.get() : connect(endpoint, deadline);
            try {
                T result = conversation.on(new Line(connection, deadline));
                endpoints.served(endpoint);
                return result;
            } catch (SocketTimeoutException e) {
                throw e;
            } catch (IOException e) {
                if (kept.isEmpty()) {
                    throw e;
                }
                // The server closed a connection that nobody used; the next is tried.
            } finally {
                giveBack(connection);
            }
        }
    }

    /// A request that must not be carried out twice.
    ///
    /// @throws DcsException DCS_TIMEOUT or DCS_CONNECTION also when it may have been carried out
    GatewayReply once(String path, Json body, Deadline deadline) throws EtcdRefusal {
        try (Turn _ = turn(deadline)) {
            GatewayConnection connection = connectAny(deadline);
            try {
                GatewayReply reply = new Line(connection, deadline).ask(path, body);
                endpoints.served(connection.endpoint());
                return reply;
            } catch (IOException e) {
                endpoints.failed(connection.endpoint(), e);
                throw unreachable(connection.endpoint(), e);
            } catch (EtcdRefusal e) {
                if (e.kind() == EtcdRefusal.Kind.UNAVAILABLE) {
                    endpoints.failed(connection.endpoint(), e);
                }
                throw e;
            } finally {
                giveBack(connection);
            }
        }
    }

    /// A line that was in use a moment ago, or a new one: on an older one a request might be lost
    /// without anybody knowing whether it arrived.
    private GatewayConnection connectAny(Deadline deadline) {
        Optional<DcsException> failure = Optional.empty();
        while (!deadline.isOver()) {
            for (EtcdEndpoint endpoint : endpoints.order()) {
                Optional<GatewayConnection> kept = takeIdle(endpoint);
                if (kept.isPresent() && kept.get().idle().compareTo(SURELY_ALIVE) < 0) {
                    return kept.get();
                }
                kept.ifPresent(GatewayConnection::close);
                try {
                    return connect(endpoint, deadline.atMost(hop));
                } catch (IOException e) {
                    endpoints.failed(endpoint, e);
                    failure = Optional.of(unreachable(endpoint, e));
                }
            }
            pause(deadline.atMost(PAUSE));
        }
        throw failure.orElseGet(() -> new DcsException(Code.DCS_TIMEOUT, who + ": no time left"));
    }

    /// Begins an answer that goes on; the caller closes the connection.
    GatewayConnection stream(String path, Json body, Deadline deadline)
            throws IOException, EtcdRefusal {
        EtcdEndpoint endpoint =
                endpoints.order().stream()
                        .findFirst()
                        .orElseThrow(() -> new IOException("no endpoint is known"));
        GatewayConnection connection = null;
        try {
            connection = connect(endpoint, deadline);
            Optional<String> token = login.token(connection, deadline);
            GatewayConnection.Answer begun =
                    connection.stream(path, body.compact(), token, deadline);
            if (begun.status() != 200) {
                login.forget(token);
                checked(begun); // throws
            }
            return connection;
        } catch (IOException e) {
            endpoints.failed(endpoint, e);
            if (connection != null) {
                connection.close();
            }
            throw e;
        } catch (EtcdRefusal e) {
            connection.close();
            throw e;
        }
    }

    private GatewayConnection connect(EtcdEndpoint endpoint, Deadline deadline) throws IOException {
        return GatewayConnection.open(endpoint, settings.tls(), deadline.atMost(CONNECT));
    }

    private DcsException unreachable(EtcdEndpoint endpoint, IOException e) {
        Code code = e instanceof SocketTimeoutException ? Code.DCS_TIMEOUT : Code.DCS_CONNECTION;
        return new DcsException(code, who + ": " + endpoint + ": " + e.getMessage(), e);
    }

    /// One of the calls under way.
    private interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    private Turn turn(Deadline deadline) {
        try {
            if (turns.tryAcquire(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
                return turns::release;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new DcsException(Code.DCS_TIMEOUT, who + ": the call did not get its turn in time");
    }

    /// What runs in a turn.
    private interface Step<T> {
        T run();
    }

    private <T> T inTurn(Deadline deadline, Step<T> step) {
        try (Turn _ = turn(deadline)) {
            return step.run();
        }
    }

    private void pause(Deadline until) {
        lock.lock();
        try {
            while (!closed && !until.isOver()) {
                ended.awaitNanos(until.remainingNanos());
            }
            requireOpen();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DcsException(Code.DCS_TIMEOUT, who + ": interrupted", e);
        } finally {
            lock.unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new DcsException(Code.DCS_CONNECTION, who + ": closed by this process");
        }
    }

    private Optional<GatewayConnection> takeIdle(EtcdEndpoint endpoint) {
        lock.lock();
        try {
            requireOpen();
            return Optional.ofNullable(idle.get(endpoint)).map(Deque::pollFirst);
        } finally {
            lock.unlock();
        }
    }

    private void giveBack(GatewayConnection connection) {
        lock.lock();
        try {
            Deque<GatewayConnection> kept =
                    idle.computeIfAbsent(connection.endpoint(), _ -> new ArrayDeque<>());
            if (!closed && connection.isReusable() && kept.size() < MAX_IDLE) {
                kept.addFirst(connection);
                return;
            }
        } finally {
            lock.unlock();
        }
        connection.close();
    }

    private void dropIdle(EtcdEndpoint endpoint) {
        Deque<GatewayConnection> dropped;
        lock.lock();
        try {
            dropped = Optional.ofNullable(idle.remove(endpoint)).orElseGet(ArrayDeque::new);
        } finally {
            lock.unlock();
        }
        dropped.forEach(GatewayConnection::close);
    }

    private void rememberTerm(GatewayReply reply) {
        lock.lock();
        try {
            if (!reply.clusterId().equals(cluster)) {
                cluster = reply.clusterId(); // another store counts its own terms
                term = 0;
            }
            term = Math.max(term, reply.term());
        } finally {
            lock.unlock();
        }
    }

    private GatewayReply notStale(GatewayReply reply) throws IOException {
        lock.lock();
        try {
            if (reply.clusterId().equals(cluster) && reply.term() < term) {
                throw new IOException(
                        "it is left behind: term " + reply.term() + ", others have " + term);
            }
            return reply;
        } finally {
            lock.unlock();
        }
    }

    /// Calls that wait between two tries end, and all later ones fail.
    void close() {
        lock.lock();
        try {
            closed = true;
            ended.signalAll();
            idle.values().forEach(kept -> kept.forEach(GatewayConnection::close));
            idle.clear();
        } finally {
            lock.unlock();
        }
    }
}
