package io.toomai.dcs.etcd;

import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.RenewalSightings;
import io.toomai.dcs.document.ScopeKeys;
import io.toomai.dcs.etcd.GatewayReply.KeyValue;
import io.toomai.dcs.http.Endpoint;
import io.toomai.dcs.http.HttpConnection;
import io.toomai.dcs.http.Refusal;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The watch on the scope. A server that hangs sends nothing, and so does one of a quiet scope; so
/// a watch that was silent for a while is begun anew where it stopped, at a server that answers.
/// The same when the server it is at failed a call of anybody. One thread of its own, on which
/// listeners run.
final class EtcdWatch {
    private static final Logger LOG = LoggerFactory.getLogger(EtcdWatch.class);
    private static final long NOWHERE = 0;
    private static final Duration MIN_SILENCE = Duration.ofSeconds(1);

    private final ScopeKeys scope;
    private final EtcdCalls calls;
    private final RenewalSightings renewals;
    private final Duration silence;
    private final List<Consumer<DcsEvent>> listeners = new CopyOnWriteArrayList<>();

    /// The next revision to hear of. Reads set it too, so that nothing after them is missed.
    private final AtomicLong from = new AtomicLong(NOWHERE);

    private volatile Optional<HttpConnection> stream = Optional.empty();
    private volatile Life life = Life.OPEN;
    private Health health = Health.SOUND;

    private enum Life {
        OPEN,
        CLOSED
    }

    /// Whether the listeners know that events may have been late or lost.
    private enum Health {
        SOUND,
        BROKEN
    }

    EtcdWatch(ScopeKeys scope, EtcdCalls calls, RenewalSightings renewals, Duration ttl) {
        this.scope = scope;
        this.calls = calls;
        this.renewals = renewals;
        Duration half = ttl.dividedBy(2); // a healthy leader renews at least every third
        this.silence = half.compareTo(MIN_SILENCE) < 0 ? MIN_SILENCE : half;
    }

    void listen(Consumer<DcsEvent> listener) {
        listeners.add(listener);
    }

    /// A read saw the store at that revision; a watch that does not know yet begins there.
    void startAfter(long revision) {
        from.compareAndSet(NOWHERE, revision + 1);
    }

    /// That server failed somebody.
    void failed(Endpoint endpoint) {
        stream.filter(s -> s.endpoint().equals(endpoint)).ifPresent(HttpConnection::close);
    }

    /// Until [#close]. Between two tries that failed it waits as `pause` does.
    void run(Runnable pause) {
        while (life == Life.OPEN) {
            try (HttpConnection opened = begin()) {
                stream = Optional.of(opened);
                follow(opened);
            } catch (SocketTimeoutException e) {
                LOG.trace("{}: the watch was silent for {}", calls.who(), silence);
            } catch (IOException | Refusal | RuntimeException e) {
                broken(e);
                pause.run();
            } finally {
                stream = Optional.empty();
            }
        }
    }

    private void broken(Exception e) {
        LOG.debug("{}: the watch broke: {}", calls.who(), e.getMessage());
        if (health == Health.SOUND) {
            health = Health.BROKEN;
            tell(DcsEvent.CONNECTION_CHANGED);
        }
    }

    private HttpConnection begin() throws IOException, Refusal {
        if (from.get() == NOWHERE) {
            GatewayReply reply =
                    calls.repeatable(
                            "/v3/kv/range", Txn.keyBody(scope.term()), Deadline.in(silence));
            startAfter(reply.revision());
        }
        Json.Obj create =
                Json.object()
                        .put("key", Txn.base64(scope.prefix()))
                        .put("range_end", Txn.base64(Txn.prefixEnd(scope)))
                        .put("start_revision", Long.toString(from.get()))
                        .done();
        try {
            return calls.stream(
                    "/v3/watch",
                    Json.object().put("create_request", create).done(),
                    Deadline.in(calls.hop()));
        } catch (SocketTimeoutException e) {
            throw new IOException("no answer in time", e); // that is no silence
        }
    }

    private void follow(HttpConnection opened) throws IOException, Refusal {
        while (life == Life.OPEN) {
            GatewayReply reply = GatewayReply.of(200, opened.line(Deadline.in(silence)));
            if (reply.body().isTrueAt("canceled")) {
                // Compacted away, as after a long cut: what was missed is read by the listeners.
                from.set(NOWHERE);
                throw new IOException("the store cancelled the watch");
            }
            if (health == Health.BROKEN) {
                health = Health.SOUND;
                tell(DcsEvent.CONNECTION_CHANGED);
            }
            for (Json event : reply.body().at("events").items()) {
                KeyValue key = GatewayReply.keyValue(event.at("kv"));
                from.accumulateAndGet(key.revision() + 1, Math::max);
                moved(key);
            }
        }
    }

    private void moved(KeyValue key) {
        if (key.key().equals(scope.heartbeat())) {
            renewals.heard(key.revision());
        }
        scope.eventOf(key.key()).ifPresent(this::tell);
    }

    private void tell(DcsEvent event) {
        for (Consumer<DcsEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException e) {
                // A listener's fault must not end the watch.
                LOG.error("{}: a listener of {} failed", calls.who(), event, e);
            }
        }
    }

    /// The keys of this process are gone.
    void lost() {
        tell(DcsEvent.CONNECTION_CHANGED);
    }

    void close() {
        life = Life.CLOSED;
        stream.ifPresent(HttpConnection::close);
    }
}
