package io.toomai.proxy.net;

import io.toomai.proxy.config.Database;
import io.toomai.proxy.config.Database.Balance;
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
                        .map(host -> Target.of(host, database.port(), host + ":" + database.port()))
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
}
