package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.toomai.proxy.relay.Listening;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a client that shares servers listens to, and what it is still to be told of it: only
/// between its transactions, as by PostgreSQL, and not faster than it reads. Belongs to an event
/// loop.
final class Notifications {
    /// So many bytes may wait for one client; with more it ends.
    private static final int MOST = 4 << 20;

    /// Channels that one LISTEN after another may add up to.
    private static final int MOST_CHANNELS = 1000;

    private static final int ONE_SEND = 64 << 10;

    private final ClientConnection client;
    private final Set<Notifier> sources = new LinkedHashSet<>();
    private final Set<String> channels = new LinkedHashSet<>();
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private int bytes;

    Notifications(ClientConnection client) {
        this.client = client;
    }

    /// The client hears of it by [ClientConnection#listens], or not.
    void subscribe(Notifier to, Set<String> more) {
        if (more.isEmpty()) {
            client.listens(); // rolled back
            return;
        }
        Set<String> all = new LinkedHashSet<>(channels);
        all.addAll(more);
        if (all.size() > MOST_CHANNELS) {
            client.cannotListen(
                    "54000", "a client cannot listen to more than " + MOST_CHANNELS + " channels");
            return;
        }
        client.stream().listens();
        sources.add(to);
        channels.addAll(more);
        to.subscribe(client, more);
    }

    /// @param channel or [Listening#ALL]
    void unsubscribe(String channel) {
        if (channel.equals(Listening.ALL)) {
            channels.clear();
        } else {
            channels.remove(channel);
        }
        List.copyOf(sources).forEach(source -> source.unsubscribe(client, channel));
        if (channels.isEmpty()) {
            sources.clear();
        }
    }

    /// The client is gone.
    void end() {
        sources.forEach(source -> source.left(client));
        sources.clear();
        channels.clear();
        waiting.clear();
        bytes = 0;
    }

    void add(int process, String channel, String payload) {
        byte[] message = message(process, channel, payload, client.settings().encoding());
        waiting.add(message);
        bytes += message.length;
        if (bytes > MOST) {
            client.end(
                    "53400",
                    "more than "
                            + MOST
                            + " bytes of notifications wait for this client, which does not read"
                            + " them or is in a transaction for too long");
        } else {
            deliver();
        }
    }

    /// As many as the client takes now.
    void deliver() {
        while (!waiting.isEmpty()
                && client.isBetweenTransactions()
                && client.channel().isWritable()) {
            int sent = 0;
            for (byte[] next = waiting.poll(); next != null; next = more(sent)) {
                ByteBuf out = client.output().room(next.length);
                out.writeBytes(next);
                sent += next.length;
                bytes -= next.length;
            }
            client.flush();
        }
    }

    private byte @Nullable [] more(int sent) {
        return sent < ONE_SEND ? waiting.poll() : null;
    }

    private static byte[] message(int process, String channel, String payload, Charset encoding) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(channel.getBytes(encoding));
        body.write(0);
        body.writeBytes(payload.getBytes(encoding));
        body.write(0);
        return ByteBuffer.allocate(9 + body.size())
                .put((byte) 'A')
                .putInt(8 + body.size())
                .putInt(process)
                .put(body.toByteArray())
                .array();
    }
}
