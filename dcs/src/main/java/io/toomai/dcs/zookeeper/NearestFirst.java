package io.toomai.dcs.zookeeper;

import io.toomai.dcs.zookeeper.ZooKeeperServers.Nearness;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.apache.zookeeper.client.ConnectStringParser;
import org.apache.zookeeper.client.HostProvider;

/// The servers of a connect string in their order. After a lost connection it begins with the first
/// one again where that is the voter in this process, else with the one after the lost one.
/// ZooKeeper's own list is in random order, and its client gives a server that is cut off a third
/// of the session timeout to answer: ten seconds, while others serve already. Used by one client;
/// its threads may call at any time.
final class NearestFirst implements HostProvider {
    /// How long one server may take to accept a session.
    private static final Duration ATTEMPT = Duration.ofSeconds(2);

    private final List<InetSocketAddress> servers;
    private final int attempts;
    private final Nearness nearness;

    // Guarded by this.
    private int first;
    private int tried;

    /// @param first number of the server to begin with; counted on beyond the last one
    NearestFirst(ZooKeeperServers servers, int first, Duration ttl) {
        this.servers =
                List.copyOf(new ConnectStringParser(servers.connectString()).getServerAddresses());
        this.attempts = Math.max(this.servers.size(), Math.toIntExact(ttl.dividedBy(ATTEMPT)));
        this.nearness = servers.nearness();
        this.first = Math.floorMod(first, this.servers.size());
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
        Turn turn = turn();
        if (turn.tried() > 0 && turn.tried() % servers.size() == 0) {
            LockSupport.parkNanos(Duration.ofMillis(spinDelay).toNanos());
        }
        return resolved(servers.get((turn.first() + turn.tried()) % servers.size()));
    }

    private record Turn(int first, int tried) {}

    private synchronized Turn turn() {
        return new Turn(first, tried++);
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
        if (nearness.isOneOfEquals()) {
            first = (first + tried) % servers.size();
        }
        tried = 0;
    }

    /// The list changes with the configuration only, which makes another client.
    @Override
    public boolean updateServerList(
            Collection<InetSocketAddress> addresses, InetSocketAddress current) {
        return false;
    }
}
