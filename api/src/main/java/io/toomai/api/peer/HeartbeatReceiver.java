package io.toomai.api.peer;

import io.toomai.api.heartbeat.HeartbeatLine;
import io.toomai.api.peer.RemoteStatus.Fault;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps one connection to one peer and reads its heartbeats, on a virtual thread of its own. When
/// the connection ends it makes another at once: whether that is refused tells a dead agent from a
/// restarted one.
final class HeartbeatReceiver implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HeartbeatReceiver.class);

    /// To connect, to shake hands and to get the head of the answer.
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(2);

    private static final Duration QUICKLY = Duration.ofMillis(50);
    private static final int QUICK_ATTEMPTS = 20;
    private static final Duration STEADILY = Duration.ofMillis(200);
    private static final Duration NOT_NOW = Duration.ofSeconds(1);
    private static final Duration RARELY = Duration.ofSeconds(5);

    private final Peer peer;
    private final PeerHearing hearing;
    private final PeerHeartbeats.Ears ears;
    private final Consumer<PeerHearing.News> teller;
    private final Thread thread;

    private Optional<InetSocketAddress> address = Optional.empty();
    private MonoTime resolved;
    private int failures;

    /// @param apiUrl of the status document; heartbeats are beside it
    record Peer(MemberName name, String apiUrl) {}

    HeartbeatReceiver(
            Peer peer,
            PeerHearing hearing,
            PeerHeartbeats.Ears ears,
            Consumer<PeerHearing.News> teller) {
        this.peer = peer;
        this.hearing = hearing;
        this.ears = ears;
        this.teller = teller;
        this.resolved = ears.clock().get();
        this.thread = Thread.ofVirtual().name("heartbeat-" + peer.name()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    Peer peer() {
        return peer;
    }

    private void run() {
        CountDownLatch never = new CountDownLatch(1);
        try {
            boolean waited = false;
            while (!waited) {
                waited = never.await(attempt().toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Connects and listens until the connection ends.
    ///
    /// @return how long to wait before the next attempt
    private Duration attempt() {
        try {
            HttpCall call = HttpCall.status(heartbeats(peer.apiUrl()));
            long deadline = System.nanoTime() + CONNECT_PATIENCE.toNanos();
            try (HttpConnection connection =
                    HttpConnection.open(call, address(call), ears.tls(), deadline)) {
                HttpAnswer head = connection.begin(call, deadline);
                if (!isStream(head)) {
                    return turnedAway(head);
                }
                hearing.streams();
                listen(connection);
                return Duration.ZERO;
            }
        } catch (IOException e) {
            return failed(e);
        } catch (UncheckedIOException e) {
            return failed(new IOException("the connection could not be closed", e));
        } catch (IllegalArgumentException e) {
            LOG.debug("the api_url of {} cannot be used: {}", peer.name(), e.getMessage());
            return RARELY;
        }
    }

    private static String heartbeats(String apiUrl) {
        return URI.create(apiUrl).resolve("/heartbeats").toString();
    }

    /// A resolver that is as dead as the peer must not delay the refusal: the known address is used
    /// until attempts have failed for a while.
    private InetSocketAddress address(HttpCall call) throws IOException {
        MonoTime now = ears.clock().get();
        boolean outdated = failures > 0 && now.since(resolved).compareTo(RARELY) >= 0;
        if (address.isEmpty() || outdated) {
            resolved = now;
            address = Optional.of(HttpConnection.resolve(call));
        }
        return address.get();
    }

    private static boolean isStream(HttpAnswer head) {
        return head.code() == 200
                && head.headers()
                        .getOrDefault("content-type", "")
                        .startsWith("application/x-ndjson")
                && "chunked".equalsIgnoreCase(head.headers().get("transfer-encoding"));
    }

    /// Patroni, and Toomai before it had heartbeats, answer the path as they answer any.
    private Duration turnedAway(HttpAnswer head) {
        if (head.code() == 503 && head.headers().containsKey("retry-after")) {
            hearing.isNotRefused();
            return NOT_NOW;
        }
        hearing.knowsNoHeartbeats();
        return RARELY;
    }

    private void listen(HttpConnection connection) {
        try {
            while (true) {
                long deadline = System.nanoTime() + ears.suspectAfter().get().toNanos();
                String text = connection.streamedLine(deadline);
                failures = 0;
                HeartbeatLine.read(text).filter(this::isThePeers).ifPresent(this::received);
            }
        } catch (IOException e) {
            LOG.debug("heartbeats of {} ended: {}", peer.name(), e.getMessage());
        }
    }

    /// Addresses are given to others: a member with another name, or of another cluster, says
    /// nothing about this one.
    private boolean isThePeers(HeartbeatLine line) {
        return line.heartbeat().name().equals(peer.name())
                && (line.sender().scope().isEmpty() || line.sender().scope().equals(ears.scope()));
    }

    private void received(HeartbeatLine line) {
        teller.accept(hearing.received(line, ears.clock().get()));
    }

    private Duration failed(IOException e) {
        failures++;
        if (Thread.currentThread().isInterrupted()) {
            return Duration.ZERO;
        }
        if (PeerClient.fault(e) != Fault.REFUSED) {
            hearing.isNotRefused();
            return STEADILY;
        }
        if (hearing.refused(ears.clock().get()) == PeerHearing.News.KNOCK) {
            LOG.info(
                    "heartbeats: the agent of {} is gone, its host refuses connections url={}",
                    peer.name(),
                    peer.apiUrl());
            teller.accept(PeerHearing.News.KNOCK);
        }
        return failures <= QUICK_ATTEMPTS ? QUICKLY : STEADILY;
    }

    /// Ends the connection and the thread, without waiting for them.
    @Override
    public void close() {
        thread.interrupt();
    }
}
