package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.toomai.proxy.console.Console;
import io.toomai.proxy.console.Lookout;
import io.toomai.proxy.console.Orders;
import io.toomai.proxy.console.Orders.Owner;
import io.toomai.proxy.console.Right;
import java.util.HashSet;
import java.util.Set;

/// Opens the admin console to those who may use it. Belongs to the first wing's event loop.
final class Consoles {
    private final Cancels cancels;
    private final Lookout lookout;
    private final Orders orders;
    private final Set<ConsoleConnection> open = new HashSet<>();

    Consoles(Cancels cancels, Lookout lookout, Orders orders) {
        this.cancels = cancels;
        this.lookout = lookout;
        this.orders = orders;
    }

    /// For a client that has proven who it is.
    ///
    /// @param minor of its protocol 3
    ConsoleConnection open(Identity identity, Right right, Channel channel, int minor) {
        Owner owner = new Owner(identity.number(), identity.user() + "@" + identity.origin());
        return new ConsoleConnection(
                new Console(right, owner, lookout, orders),
                channel,
                open,
                new ConsoleConnection.Canceling(cancels, cancels.makeKey(minor)));
    }

    int count() {
        return open.size();
    }
}
