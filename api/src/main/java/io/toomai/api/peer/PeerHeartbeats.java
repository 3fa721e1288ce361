package io.toomai.api.peer;

import io.toomai.core.ha.Hearing;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hears the heartbeats of the other members, over one lasting connection to each, and rings the
/// bell when the HA loop should look: a peer's host refuses connections, its silence reaches the
/// half or the whole of `suspect_after`, or its pledge or whom it hears changes. One virtual thread
/// per peer and one for all silences. Thread safe.
public final class PeerHeartbeats implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerHeartbeats.class);

    private final Ears ears;
    private final Thread timer;
    private final TreeMap<MemberName, Followed> peers = new TreeMap<>();
    private State state = State.OPEN;
    private volatile Runnable clients = () -> {};

    private enum State {
        OPEN,
        CLOSED
    }

    private record Followed(PeerHearing hearing, HeartbeatReceiver receiver) {}

    /// What all connections share.
    ///
    /// @param scope heartbeats of another cluster do not count
    /// @param tls asked for `https` URLs only
    /// @param suspectAfter the setting in force
    /// @param bell rung from any thread; must return at once
    public record Ears(
            String scope,
            Supplier<SSLContext> tls,
            Supplier<MonoTime> clock,
            Supplier<Duration> suspectAfter,
            Runnable bell) {}

    void tell(PeerHearing.News news) {
        switch (news) {
            case NONE -> {}
            case KNOCK -> ears.bell().run();
            case CLIENTS -> clients.run();
            case KNOCK_AND_CLIENTS -> {
                clients.run();
                ears.bell().run();
            }
        }
    }

    /// @param listener called when a peer says something else than before of what concerns the
    ///   clients of proxies ([io.toomai.core.ha.Heartbeat.Clients]), which alone rings no bell;
    ///   from any thread, returns at once
    public void onClients(Runnable listener) {
        clients = listener;
    }

    public PeerHeartbeats(Ears ears) {
        this.ears = ears;
        this.timer = Thread.ofVirtual().name("heartbeat-timer").start(this::watchSilences);
    }

    /// Hears these members from now on, and no others. Cheap when nothing changed.
    ///
    /// @param apiUrls URL of the status document by member
    public synchronized void follow(Map<MemberName, String> apiUrls) {
        if (state == State.CLOSED) {
            return;
        }
        peers.entrySet()
                .removeIf(entry -> {
                    boolean gone = !apiUrls.containsKey(entry.getKey());
                    if (gone) {
                        entry.getValue().receiver().close();
                    }
                    return gone;
                });
        apiUrls.forEach((name, url) -> follow(new HeartbeatReceiver.Peer(name, url)));
    }

    private void follow(HeartbeatReceiver.Peer peer) {
        Optional<Followed> before = Optional.ofNullable(peers.get(peer.name()));
        if (before.filter(f -> f.receiver().peer().equals(peer)).isPresent()) {
            return;
        }
        // What was heard at the old address stays true; that the old address refuses does not.
        before.ifPresent(f -> {
            f.receiver().close();
            f.hearing().isNotRefused();
        });
        PeerHearing hearing =
                before.map(Followed::hearing).orElseGet(() -> new PeerHearing(peer.name()));
        HeartbeatReceiver receiver = new HeartbeatReceiver(peer, hearing, ears, this::tell);
        peers.put(peer.name(), new Followed(hearing, receiver));
        receiver.start();
    }

    /// What is heard of each member that is followed, by name. Does not wait.
    public synchronized List<Hearing> hearing() {
        return peers.values().stream().map(f -> f.hearing().now()).toList();
    }

    /// Sleeps until the next silence could be long enough, and never longer than a silence that has
    /// not begun yet takes.
    private synchronized void watchSilences() {
        try {
            while (state == State.OPEN) {
                MonoTime now = ears.clock().get();
                MonoTime next = now.plus(ears.suspectAfter().get().dividedBy(2));
                for (Map.Entry<MemberName, Followed> peer : peers.entrySet()) {
                    next =
                            MonoTime.earliest(
                                    next,
                                    look(peer.getKey(), peer.getValue().hearing(), now)
                                            .orElse(next));
                }
                wait(Math.max(1, next.since(now).plusNanos(999_999).toMillis()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Optional<MonoTime> look(MemberName name, PeerHearing hearing, MonoTime now) {
        Duration suspectAfter = ears.suspectAfter().get();
        PeerHearing.News news = hearing.silence(now, suspectAfter);
        Optional<MonoTime> next = hearing.nextAlarm(suspectAfter);
        if (news == PeerHearing.News.KNOCK && next.isEmpty()) {
            LOG.info(
                    "heartbeats: {} has been silent for suspect_after={} ms",
                    name,
                    suspectAfter.toMillis());
        }
        tell(news);
        return next;
    }

    @Override
    public synchronized void close() {
        state = State.CLOSED;
        peers.values().forEach(f -> f.receiver().close());
        peers.clear();
        timer.interrupt();
    }
}
