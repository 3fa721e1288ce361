package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.toomai.proxy.console.Overview.Closing;
import io.toomai.proxy.console.Overview.Side;
import io.toomai.proxy.console.Overview.SocketLine;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The connections that have not logged in yet, the oldest first. Belongs to the event loop.
final class Newcomers {
    private final Map<Channel, Long> since = new LinkedHashMap<>();

    /// Told to the handlers of a connection whose time for its login is over.
    enum Late {
        LATE
    }

    void add(Channel channel, long now) {
        since.put(channel, now);
    }

    void remove(Channel channel) {
        since.remove(channel);
    }

    /// As tables show them: nobody knows yet who they are.
    List<SocketLine> lines(long now) {
        return since.entrySet().stream()
                .map(each -> line(each.getKey(), each.getValue(), now))
                .toList();
    }

    private static SocketLine line(Channel channel, long came, long now) {
        Instant connected = Instant.now().minusNanos(now - came);
        return new SocketLine(
                Side.CLIENT,
                0,
                "(nouser)",
                "(nodb)",
                "login",
                "none",
                Remote.address(channel.remoteAddress()),
                Remote.address(channel.localAddress()),
                connected,
                connected,
                0,
                Closing.NO,
                Optional.empty(),
                0,
                "",
                "",
                0);
    }

    int count() {
        return since.size();
    }

    /// @param limit in nanoseconds; 0 for none
    void tick(long now, long limit) {
        if (limit == 0) {
            return;
        }
        var oldest = since.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<Channel, Long> entry = oldest.next();
            if (now - entry.getValue() < limit) {
                return;
            }
            oldest.remove();
            entry.getKey().pipeline().fireUserEventTriggered(Late.LATE);
        }
    }
}
