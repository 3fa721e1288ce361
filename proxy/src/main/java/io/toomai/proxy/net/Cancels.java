package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Peer;
import io.toomai.proxy.login.Opening;
import io.toomai.proxy.net.Destination.Target;
import io.toomai.proxy.net.Dialer.Cover;
import io.toomai.proxy.session.CancelKey;
import io.toomai.proxy.session.CancelKeys;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Requests to cancel: from clients, to the server that works for the client with the key, or to
/// the peer that made the key. Nobody is told whether a key fits. Belongs to the event loop of a
/// wing; whose key it is may belong to another.
final class Cancels {
    private static final Logger log = LoggerFactory.getLogger(Cancels.class);

    /// Connections that are made at one time for this.
    private static final int MOST = 256;

    /// Secrets of protocol 3.0 and of 3.2, in bytes.
    private static final int SHORT = 4;

    private static final int LONG = 32;

    private final Dialer dialer;
    private final CancelKeys<Holder> keys;
    private final EventLoop loop;
    private final Set<ServerCancel> underWay = new LinkedHashSet<>();
    private final Map<ServerCancel, Integer> handedOn = new HashMap<>();
    private Configuration configuration;

    /// Whose key it is, and the loop that it belongs to.
    record Holder(Cancelable client, EventLoop loop) {
        void cancel(Channel asker) {
            if (loop.inEventLoop()) {
                client.cancel(asker);
            } else {
                loop.execute(() -> client.cancel(asker));
            }
        }
    }

    /// @param keys of all wings
    Cancels(Configuration configuration, Dialer dialer, CancelKeys<Holder> keys, EventLoop loop) {
        this.configuration = configuration;
        this.dialer = dialer;
        this.keys = keys;
        this.loop = loop;
    }

    void configure(Configuration next) {
        configuration = next;
    }

    /// @param minor of protocol 3
    CancelKey makeKey(int minor) {
        return keys.make(minor >= 2 ? LONG : SHORT, ownPeer());
    }

    void add(Cancelable client) {
        keys.add(client.cancelKey(), new Holder(client, loop));
    }

    void remove(Cancelable client) {
        keys.remove(client.cancelKey());
    }

    private int ownPeer() {
        return configuration.settings().values().number("peer_id");
    }

    /// @param asker stays open until it is known that the request has arrived
    void request(Opening.Cancel cancel, Channel asker) {
        CancelKey key = new CancelKey(cancel.process(), cancel.key());
        int own = ownPeer();
        if (own > 0 && key.peer() != own) {
            handOn(key, asker);
            return;
        }
        keys.find(key, own)
                .ifPresentOrElse(holder -> holder.cancel(asker), () -> Sending.close(asker));
    }

    private void handOn(CancelKey key, Channel asker) {
        Optional<Peer> peer =
                configuration.settings().peers().stream()
                        .filter(each -> each.id() == key.peer())
                        .findFirst();
        if (peer.isEmpty() || key.hops() == 0) {
            Sending.close(asker);
            return;
        }
        Target to = Target.of(peer.get().host(), peer.get().port(), "peer " + peer.get().id());
        send(new Way(to, Cover.PLAIN), key.handedOn(), () -> true, () -> {})
                .ifPresentOrElse(
                        request -> {
                            handedOn.put(request, peer.get().id());
                            request.add(asker);
                        },
                        () -> Sending.close(asker));
    }

    /// Requests that are on their way to a peer.
    List<ServerCancel> handedOnTo(int peer) {
        return underWay.stream()
                .filter(request -> Integer.valueOf(peer).equals(handedOn.get(request)))
                .toList();
    }

    /// Where to, and how.
    private record Way(Target target, Cover cover) {}

    /// Sends it to the server that a connection leads to, in TLS if that is: else whoever listens
    /// would have the key.
    ///
    /// @param isStillWanted asked right before
    /// @param end called once
    /// @return nothing where too many are under way; then it is not sent
    Optional<ServerCancel> send(
            Channel server, CancelKey key, BooleanSupplier isStillWanted, Runnable end) {
        SocketAddress at = TlsSession.peer(server);
        Target target = new Target(at, "server " + named(at));
        Cover cover = TlsSession.words(server).isEmpty() ? Cover.PLAIN : Cover.TLS;
        return send(new Way(target, cover), key, isStillWanted, end);
    }

    private static String named(SocketAddress at) {
        return at instanceof InetSocketAddress network
                ? network.getHostString() + ":" + network.getPort()
                : at.toString();
    }

    /// Sends it on a connection of its own.
    ///
    /// @param isStillWanted asked right before
    /// @param end called once
    /// @return nothing where too many are under way; then it is not sent
    private Optional<ServerCancel> send(
            Way way, CancelKey key, BooleanSupplier isStillWanted, Runnable end) {
        if (underWay.size() >= MOST) {
            return Optional.empty();
        }
        ServerCancel request =
                new ServerCancel(
                        key,
                        isStillWanted,
                        over -> {
                            underWay.remove(over);
                            handedOn.remove(over);
                            end.run();
                        },
                        System.nanoTime());
        underWay.add(request);
        dialer.call(
                way.target(),
                way.cover(),
                request,
                why -> {
                    log.warn("a request to cancel is lost: {}", why);
                    request.over();
                });
        return Optional.of(request);
    }

    /// To be called a few times each second: none takes longer than `cancel_wait_timeout`.
    void tick(long now) {
        long longest = configuration.settings().values().time("cancel_wait_timeout").toNanos();
        if (longest > 0) {
            for (ServerCancel request : List.copyOf(underWay)) {
                if (now - request.since() >= longest) {
                    request.giveUp();
                }
            }
        }
    }
}
