package io.toomai.dcs.http;

import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.Deadline;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// What the calls of one access to a store share: connections that are idle, turns, since only a
/// few calls are under way at a time, and the end of it all. Thread-safe.
public final class Connections {
    private static final int MAX_IDLE = 3;
    private static final int AT_A_TIME = 8;

    private final String who;
    private final Semaphore turns = new Semaphore(AT_A_TIME);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();

    // Guarded by lock.
    private final Map<Endpoint, Deque<HttpConnection>> idle = new HashMap<>();
    private boolean closed;

    /// @param who the store and the member, as messages name them
    public Connections(String who) {
        this.who = who;
    }

    /// One of the calls under way.
    public interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /// @throws DcsException `DCS_TIMEOUT` when the others take too long
    public Turn turn(Deadline deadline) {
        try {
            if (turns.tryAcquire(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
                return turns::release;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new DcsException(Code.DCS_TIMEOUT, who + ": the call did not get its turn in time");
    }

    /// Between two tries.
    ///
    /// @throws DcsException when this access was closed meanwhile
    public void pause(Deadline until) {
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

    /// The one that was used last.
    public Optional<HttpConnection> takeIdle(Endpoint endpoint) {
        lock.lock();
        try {
            requireOpen();
            return Optional.ofNullable(idle.get(endpoint)).map(Deque::pollFirst);
        } finally {
            lock.unlock();
        }
    }

    /// Closes it where it cannot be used again.
    public void giveBack(HttpConnection connection) {
        lock.lock();
        try {
            Deque<HttpConnection> kept =
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

    /// That server failed: what is idle at it is worth nothing.
    public void dropIdle(Endpoint endpoint) {
        Deque<HttpConnection> dropped;
        lock.lock();
        try {
            dropped = Optional.ofNullable(idle.remove(endpoint)).orElseGet(ArrayDeque::new);
        } finally {
            lock.unlock();
        }
        dropped.forEach(HttpConnection::close);
    }

    /// Calls that wait between two tries end, and all later ones fail.
    public void close() {
        lock.lock();
        try {
            closed = true;
            ended.signalAll();
            idle.values().forEach(kept -> kept.forEach(HttpConnection::close));
            idle.clear();
        } finally {
            lock.unlock();
        }
    }
}
