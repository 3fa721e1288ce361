package io.toomai.proxy.net;

import io.netty.channel.EventLoop;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.net.Brake.Reason;
import java.util.List;
import java.util.function.Consumer;

/// One event loop's share of a proxy: whole pools, with all their clients and servers, so that a
/// query never goes from one thread to another (decision 0039). Belongs to that loop.
final class Wing {
    private final EventLoop loop;
    private final Commons commons;
    private final Clients clients;
    private final Dialer dialer;
    private final Pools pools;
    private final Cancels cancels;
    private final Replication replication;
    private Configuration configuration;
    private Standstill standstill = Standstill.NONE;

    Wing(EventLoop loop, Commons commons, Configuration configuration) {
        this.loop = loop;
        this.commons = commons;
        this.configuration = configuration;
        this.clients = new Clients(commons.crowd(), commons.journal());
        this.dialer = new Dialer(loop, commons);
        this.pools = new Pools(loop, dialer, commons);
        this.cancels = new Cancels(configuration, dialer, commons.keys(), loop);
        this.replication = new Replication(cancels, commons.numbers());
        dialer.configure(configuration);
        pools.configure(configuration);
        pools.onBirth(pool -> {
            if (standstill.holds(pool.name().database())) {
                pool.pause();
            }
        });
        pools.onEntry(brake -> {
            if (standstill.isSuspended()) {
                brake.hold(Reason.SUSPENDED);
            }
        });
    }

    /// Thread safe.
    EventLoop loop() {
        return loop;
    }

    /// What is in force here now.
    Configuration configuration() {
        return configuration;
    }

    Crowd crowd() {
        return commons.crowd();
    }

    Clients clients() {
        return clients;
    }

    Pools pools() {
        return pools;
    }

    Cancels cancels() {
        return cancels;
    }

    Dialer dialer() {
        return dialer;
    }

    Replication replication() {
        return replication;
    }

    void configure(Configuration next) {
        configuration = next;
        cancels.configure(next);
        dialer.configure(next);
        pools.configure(next);
        replication.end(database -> Pools.databaseOf(next.settings(), database).isEmpty());
    }

    /// Other servers are fit than before.
    void review(long now) {
        pools.review(now);
        replication.review();
    }

    /// What is stopped from now on, also of what is made meanwhile.
    void standstill(Standstill now) {
        standstill = now;
    }

    /// Shows somebody what decides whether each connection is read from.
    void brakes(Consumer<Brake> what) {
        for (ServerPool pool : pools.all()) {
            pool.clients().forEach(client -> what.accept(client.brake()));
            pool.connections().forEach(server -> what.accept(server.brake()));
        }
    }

    /// Whether all that was read has left.
    ///
    /// @param patience whether whoever has not taken it is closed
    boolean hasLeft(Patience patience) {
        boolean all = true;
        for (ServerPool pool : pools.all()) {
            for (ServerConnection server : List.copyOf(pool.connections())) {
                if (!server.brake().isSent()) {
                    all = false;
                    if (patience == Patience.IS_OVER) {
                        pool.closes(server, "suspend_timeout");
                        server.fail("suspend_timeout");
                    }
                }
            }
            for (ClientConnection client : List.copyOf(pool.clients())) {
                if (!client.brake().isSent()) {
                    all = false;
                    if (patience == Patience.IS_OVER) {
                        client.end("08P01", "suspend_timeout");
                    }
                }
            }
        }
        return all || patience == Patience.IS_OVER;
    }

    /// Of a SUSPEND.
    enum Patience {
        LASTS,
        IS_OVER
    }

    /// To be called a few times each second.
    void tick(long now) {
        cancels.tick(now);
        dialer.tick(now);
        if (!standstill.isSuspended()) {
            pools.tick();
        }
    }
}
