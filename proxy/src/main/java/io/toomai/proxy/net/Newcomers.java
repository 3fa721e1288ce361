package io.toomai.proxy.net;

import io.netty.channel.Channel;
import java.util.LinkedHashMap;
import java.util.Map;

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
