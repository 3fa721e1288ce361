package io.toomai.proxy.net;

import io.netty.channel.EventLoop;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Database;
import io.toomai.proxy.config.PoolRules;
import io.toomai.proxy.config.ProxySettings;
import io.toomai.proxy.config.ValuesOf;
import io.toomai.proxy.console.Overview.Condition;
import io.toomai.proxy.route.Route;
import io.toomai.proxy.session.CancelKeys;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where clients are greeted and prove who they are, and where orders are taken, for all wings.
/// Belongs to the first wing's event loop.
final class Premises {
    private static final Logger log = LoggerFactory.getLogger(Premises.class);

    private final Commons commons;
    private final Newcomers newcomers = new Newcomers();
    private final Allowance allowance = Allowance.ofHeap();
    private final Wings wings;
    private final AuthDesks desks;
    private final Examiner examiner;
    private final Gate gate;
    private final Holding holding;
    private final Steering steering;
    private final Sights sights;
    private final Consoles consoles;
    private final Map<String, String> awaitingRestart = new HashMap<>();

    /// Any loop reads it.
    private volatile Configuration configuration;

    private SocketSettings sockets;

    /// @param loops one for each wing
    Premises(
            Configuration configuration,
            List<EventLoop> loops,
            Transport transport,
            Directions directions,
            Steering.Means means) {
        this.configuration = configuration;
        Journal journal = new Journal(() -> configuration().settings().values(), System.nanoTime());
        commons =
                new Commons(
                        transport,
                        new Aside(),
                        directions,
                        new Numbers(),
                        new Crowd(),
                        new Limits(),
                        journal,
                        new CancelKeys<>());
        sockets = new SocketSettings(configuration.settings().values(), transport);
        wings =
                new Wings(
                        loops.stream()
                                .map(loop -> new Wing(loop, commons, configuration))
                                .toList());
        desks = new AuthDesks(wings.first().dialer(), directions);
        examiner = new Examiner(wings.first().loop(), commons.aside(), desks);
        gate = new Gate(this);
        holding = new Holding(wings);
        steering = new Steering(this, means);
        sights = new Sights(this);
        consoles = new Consoles(wings.first().cancels(), sights, steering);
    }

    /// What is in force now. Thread safe.
    Configuration configuration() {
        return configuration;
    }

    Wings wings() {
        return wings;
    }

    Crowd crowd() {
        return commons.crowd();
    }

    Numbers numbers() {
        return commons.numbers();
    }

    Aside aside() {
        return commons.aside();
    }

    Directions directions() {
        return commons.directions();
    }

    Journal journal() {
        return commons.journal();
    }

    /// For clients that come from now on.
    SocketSettings sockets() {
        return sockets;
    }

    /// For those that have not proven who they are.
    Allowance allowance() {
        return allowance;
    }

    Newcomers newcomers() {
        return newcomers;
    }

    Examiner examiner() {
        return examiner;
    }

    Gate gate() {
        return gate;
    }

    Holding holding() {
        return holding;
    }

    Steering steering() {
        return steering;
    }

    Sights sights() {
        return sights;
    }

    Consoles consoles() {
        return consoles;
    }

    /// Whether clients may ask for a database by this name.
    Optional<Database> database(String name) {
        return Pools.databaseOf(configuration.settings(), name);
    }

    /// What is read at the start only stays as it is, which is said once.
    ///
    /// @param then run when it is in force for all
    void configure(Configuration read, Runnable then) {
        ProxySettings before = configuration.settings();
        List<String> waiting = read.settings().waitingForRestart(before);
        awaitingRestart.keySet().retainAll(waiting);
        for (String name : waiting) {
            String value = read.settings().values().text(name);
            if (!value.equals(awaitingRestart.put(name, value))) {
                log.warn(
                        "{} = {} is in force after a restart, until then it is {}",
                        name,
                        value,
                        before.values().text(name));
            }
        }
        Configuration next = read.with(read.settings().whileRunning(before));
        configuration = next;
        sockets = new SocketSettings(next.settings().values(), commons.transport());
        desks.close();
        wings.follow(before, next.settings());
        wings.tell(wing -> wing.configure(next), then);
    }

    /// What is asked about users from now on is asked by new connections.
    void askAnew() {
        desks.close();
    }

    /// Other servers are fit than before.
    void review() {
        desks.review();
        wings.tell(wing -> wing.review(System.nanoTime()));
    }

    /// To be called a few times each second. The wings have ticks of their own.
    void tick(long now) {
        ValuesOf values = configuration.settings().values();
        long patience = values.time("client_login_timeout").toNanos();
        newcomers.tick(now, patience);
        desks.tick(
                now,
                new AuthDesk.Times(
                        patience,
                        values.time("server_idle_timeout").toNanos(),
                        values.time("server_lifetime").toNanos()));
        desks.pause(steering.halting()::holds);
        if (steering.halting().condition() != Condition.SUSPENDED) {
            keepWarm(configuration);
        }
        steering.tick();
        sights.tick(now);
    }

    /// A database with a user of its own is kept warm though no client has come yet.
    private void keepWarm(Configuration by) {
        for (Database database : by.settings().databases().values()) {
            Optional<String> user = database.forcedUser();
            if (user.isPresent()
                    && !database.name().equals(Database.ANY)
                    && PoolRules.of(by.settings(), database, user.get()).least() > 0) {
                Route route = database.route().orElse(Route.WRITE);
                Pools.Name name = new Pools.Name(database.name(), user.get(), route);
                wings.tell(
                        wings.of(database.name(), user.get()),
                        wing -> wing.pools().of(database, name, by).keepWarm());
            }
        }
    }
}
