package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.toomai.proxy.console.Overview.Closing;
import io.toomai.proxy.console.Overview.Side;
import io.toomai.proxy.console.Overview.SocketLine;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The connections that have not logged in yet, the oldest first. Thread safe: the last step of a
/// login is made on the loop of the client's pool.
final class Newcomers {
    private final Map<Channel, Long> since = new LinkedHashMap<>();

    /// Told to the handlers of a connection whose time for its login is over.
    enum Late {
        LATE
    }

    synchronized void add(Channel channel, long now) {
        since.put(channel, now);
    }

    synchronized void remove(Channel channel) {
        since.remove(channel);
    }

    /// As tables show them: nobody knows yet who they are.
    synchronized List<SocketLine> lines(long now) {
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

    /// Lets one in that has logged in, so that at no moment it is counted twice, or not at all.
    ///
    /// @return what it hears that is one too many; nothing where it is let in
    synchronized Optional<String> comesIn(Channel channel, Applicant who, Crowd crowd) {
        Optional<String> limit = crowd.enter(who);
        if (limit.isEmpty()) {
            since.remove(channel);
        }
        return limit;
    }

    /// These and those that are logged in.
    synchronized int countWith(Crowd crowd) {
        return since.size() + crowd.all();
    }

    synchronized int count() {
        return since.size();
    }

    /// @param limit in nanoseconds; 0 for none
    void tick(long now, long limit) {
        if (limit == 0) {
            return;
        }
        takeLate(now, limit)
                .forEach(channel -> channel.pipeline().fireUserEventTriggered(Late.LATE));
    }

    private synchronized List<Channel> takeLate(long now, long limit) {
        List<Channel> late = new ArrayList<>();
        var oldest = since.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<Channel, Long> entry = oldest.next();
            if (now - entry.getValue() < limit) {
                return late;
            }
            oldest.remove();
            late.add(entry.getKey());
        }
        return late;
    }
}
