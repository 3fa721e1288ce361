package io.toomai.proxy.net;

import io.toomai.proxy.auth.AddressRange;
import io.toomai.proxy.config.Database;
import io.toomai.proxy.config.Database.Balance;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The hosts that a file names, one after the other. Belongs to an event loop.
final class HostList implements Destination {
    private final List<Target> targets;
    private final Balance balance;
    private int turn;

    HostList(Database database) {
        targets =
                database.hosts().stream()
                        .map(host ->
                                new Target(
                                        address(host, database.port()),
                                        host + ":" + database.port()))
                        .toList();
        balance = database.balance();
    }

    @Override
    public Optional<Target> next() {
        if (targets.isEmpty()) {
            return Optional.empty();
        }
        Target target = targets.get(turn % targets.size());
        if (balance == Balance.ROUND_ROBIN) {
            turn++;
        }
        return Optional.of(target);
    }

    /// A name is looked up when it is dialled; a directory has the socket of a server.
    private static SocketAddress address(String host, int port) {
        return host.startsWith("/")
                ? UnixDomainSocketAddress.of(Path.of(host, ".s.PGSQL." + port))
                : AddressRange.literal(host)
                        .map(address -> new InetSocketAddress(address, port))
                        .orElseGet(() -> InetSocketAddress.createUnresolved(host, port));
    }
}
