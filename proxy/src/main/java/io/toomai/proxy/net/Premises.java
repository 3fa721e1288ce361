package io.toomai.proxy.net;

import io.netty.channel.EventLoop;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.console.Overview.Condition;

/// What all connections of a proxy share. Belongs to the event loop.
final class Premises {
    private final Journal journal;
    private final Clients clients;
    private final Newcomers newcomers = new Newcomers();
    private final Aside aside;
    private final Dialer dialer;
    private final AuthDesks desks;
    private final Examiner examiner;
    private final Pools pools;
    private final Cancels cancels;
    private final Replication replication;
    private final Gate gate;
    private final Steering steering;
    private final Sight sight;
    private final Consoles consoles;
    private Configuration configuration;

    Premises(
            Configuration configuration,
            EventLoop loop,
            Transport transport,
            Directions directions,
            Steering.Means means) {
        this.configuration = configuration;
        this.aside = new Aside();
        this.dialer = new Dialer(loop, transport, aside);
        this.desks = new AuthDesks(dialer, directions);
        this.examiner = new Examiner(loop, aside, desks);
        this.journal = new Journal(() -> configuration().settings().values(), System.nanoTime());
        this.clients = new Clients(journal);
        this.pools = new Pools(dialer, new Turn(loop), directions);
        this.cancels = new Cancels(configuration, dialer);
        pools.configure(configuration);
        this.replication = new Replication(cancels);
        this.gate = new Gate(this);
        this.steering = new Steering(this, means);
        this.sight = new Sight(this);
        this.consoles = new Consoles(cancels, sight, steering);
        dialer.configure(configuration);
    }

    /// What is in force now.
    Configuration configuration() {
        return configuration;
    }

    Clients clients() {
        return clients;
    }

    Pools pools() {
        return pools;
    }

    Replication replication() {
        return replication;
    }

    Cancels cancels() {
        return cancels;
    }

    Dialer dialer() {
        return dialer;
    }

    Newcomers newcomers() {
        return newcomers;
    }

    Examiner examiner() {
        return examiner;
    }

    Aside aside() {
        return aside;
    }

    Gate gate() {
        return gate;
    }

    Steering steering() {
        return steering;
    }

    Consoles consoles() {
        return consoles;
    }

    void configure(Configuration next) {
        configuration = next;
        cancels.configure(next);
        dialer.configure(next);
        desks.close();
        pools.configure(next);
    }

    /// To be called a few times each second.
    void tick(long now) {
        cancels.tick(now);
        long patience = configuration.settings().values().time("client_login_timeout").toNanos();
        newcomers.tick(now, patience);
        dialer.tick(now);
        desks.tick(now, patience);
        if (steering.halting().condition() != Condition.SUSPENDED) {
            pools.tick();
        }
        steering.tick();
        sight.tick(now);
        journal.tick(now, consoles.overview()::traffic);
    }
}
