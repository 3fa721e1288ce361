package io.toomai.proxy.net;

import io.toomai.proxy.config.Database.Balance;
import java.util.List;
import java.util.Optional;

/// The hosts that a file leads to, one after the other. Belongs to an event loop.
final class HostList implements Destination {
    private final List<Target> targets;
    private final Balance balance;
    private int turn;

    /// @param hosts each an address or the directory of a Unix socket
    HostList(List<String> hosts, int port, Balance balance) {
        targets = hosts.stream().map(host -> Target.of(host, port, host + ":" + port)).toList();
        this.balance = balance;
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
}
