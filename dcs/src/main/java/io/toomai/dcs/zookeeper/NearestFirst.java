package io.toomai.dcs.zookeeper;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.apache.zookeeper.client.ConnectStringParser;
import org.apache.zookeeper.client.HostProvider;

/// The servers of a connect string in their order, from the first one again after each lost
/// connection. ZooKeeper's own list is in random order, and its client gives a server that is cut
/// off a third of the session timeout to answer: ten seconds, while the voter in this process
/// serves already. Used by one client; its threads may call at any time.
final class NearestFirst implements HostProvider {
    /// How long one server may take to accept a session.
    private static final Duration ATTEMPT = Duration.ofSeconds(2);

    private final List<InetSocketAddress> servers;
    private final int attempts;
    private int tried;

    NearestFirst(String connectString, Duration ttl) {
        this.servers = List.copyOf(new ConnectStringParser(connectString).getServerAddresses());
        this.attempts = Math.max(servers.size(), Math.toIntExact(ttl.dividedBy(ATTEMPT)));
    }

    /// Not how many servers there are: the client divides the session timeout by this and gives
    /// each attempt that much time. Nothing else depends on it, and there is no other setting.
    @Override
    public int size() {
        return attempts;
    }

    /// Waits when all were tried, as ZooKeeper's client expects of its list.
    @Override
    public InetSocketAddress next(long spinDelay) {
        int turn = turn();
        if (turn > 0 && turn % servers.size() == 0) {
            LockSupport.parkNanos(Duration.ofMillis(spinDelay).toNanos());
        }
        return resolved(servers.get(turn % servers.size()));
    }

    private synchronized int turn() {
        return tried++;
    }

    private static InetSocketAddress resolved(InetSocketAddress server) {
        try {
            return new InetSocketAddress(
                    InetAddress.getByName(server.getHostString()), server.getPort());
        } catch (UnknownHostException e) {
            return server; // the client says that it cannot connect to it
        }
    }

    @Override
    public synchronized void onConnected() {
        tried = 0;
    }

    /// The list changes with the configuration only, which makes another client.
    @Override
    public boolean updateServerList(
            Collection<InetSocketAddress> addresses, InetSocketAddress current) {
        return false;
    }
}
