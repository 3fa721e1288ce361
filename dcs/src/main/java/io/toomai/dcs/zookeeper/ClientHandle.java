package io.toomai.dcs.zookeeper;

import java.io.IOException;
import java.time.Duration;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;

/// ZooKeeper's client, which can also be dropped without ending its session.
@SuppressWarnings("try") // ZooKeeper declares close() so
final class ClientHandle extends ZooKeeper {
    /// A handle with a session of its own.
    ClientHandle(String connectString, Duration ttl, Watcher watcher) throws IOException {
        super(
                connectString,
                millis(ttl),
                watcher,
                false,
                new NearestFirst(connectString, ttl),
                config());
    }

    /// A second handle on the session of another one.
    ClientHandle(String connectString, ZooKeeper session, Duration ttl, Watcher watcher)
            throws IOException {
        super(
                connectString,
                millis(ttl),
                watcher,
                session.getSessionId(),
                session.getSessionPasswd(),
                false,
                new NearestFirst(connectString, ttl),
                config());
    }

    private static int millis(Duration ttl) {
        return Math.toIntExact(ttl.toMillis());
    }

    private static ZKClientConfig config() {
        LateDefaultTls.install();
        ZKClientConfig config = new ZKClientConfig();
        config.setProperty(ZKClientConfig.ENABLE_CLIENT_SASL_KEY, "false");
        return config;
    }

    /// Stops this handle's threads and closes its socket; the session goes on until its timeout or
    /// until another handle has it. Waits for a thread that may be asleep for a second, hence
    /// aside.
    void abandon() {
        Thread.ofVirtual().name("zookeeper-abandon").start(cnxn::disconnect);
    }
}
