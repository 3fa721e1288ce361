package io.toomai.proxy.net;

import io.toomai.proxy.config.Database.Balance;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The hosts that a file leads to, one after the other. Belongs to an event loop.
final class HostList implements Destination {
    private final List<Target> targets;
    private final Balance balance;
    private final Set<Target> failed = new HashSet<>();
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
        Target target = current();
        if (balance == Balance.ROUND_ROBIN) {
            advance();
        }
        return Optional.of(target);
    }

    private Target current() {
        return targets.get(turn);
    }

    private void advance() {
        turn = (turn + 1) % targets.size();
    }

    /// Of several attempts that fail together the first one leads on.
    @Override
    public void failed(Target target) {
        if (!hasUntried()) {
            failed.clear(); // the next round
        }
        failed.add(target);
        if (balance == Balance.DISABLE && target.equals(current())) {
            advance();
        }
    }

    @Override
    public void reached(Target target) {
        failed.clear();
    }

    @Override
    public boolean hasUntried() {
        return !failed.containsAll(targets);
    }
}
