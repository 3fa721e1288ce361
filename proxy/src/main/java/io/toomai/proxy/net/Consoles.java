package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.toomai.proxy.console.Console;
import io.toomai.proxy.console.Orders;
import io.toomai.proxy.console.Orders.Owner;
import io.toomai.proxy.console.Overview;
import io.toomai.proxy.console.Right;
import java.util.HashSet;
import java.util.Set;

/// Opens the admin console to those who may use it. Belongs to the event loop.
final class Consoles {
    private final Cancels cancels;
    private final Overview overview;
    private final Orders orders;
    private final Set<ConsoleConnection> open = new HashSet<>();

    Consoles(Cancels cancels, Overview overview, Orders orders) {
        this.cancels = cancels;
        this.overview = overview;
        this.orders = orders;
    }

    /// For a client that has proven who it is.
    ///
    /// @param minor of its protocol 3
    ConsoleConnection open(Identity identity, Right right, Channel channel, int minor) {
        Owner owner = new Owner(identity.number(), identity.user() + "@" + identity.origin());
        return new ConsoleConnection(
                new Console(right, owner, overview, orders),
                channel,
                open,
                new ConsoleConnection.Canceling(cancels, cancels.makeKey(minor)));
    }

    Overview overview() {
        return overview;
    }

    int count() {
        return open.size();
    }
}
