package io.toomai.proxy.net;

import io.netty.channel.EventLoop;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Database;
import io.toomai.proxy.config.PoolRules;
import io.toomai.proxy.config.ProxySettings;
import io.toomai.proxy.pool.Ceiling;
import io.toomai.proxy.pool.Ceilings;
import io.toomai.proxy.pool.Statistics.Totals;
import io.toomai.proxy.relay.MessageRules;
import io.toomai.proxy.relay.MessageRules.SimpleQueries;
import io.toomai.proxy.route.CausalGroups;
import io.toomai.proxy.route.Route;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// All pools of a wing, each made when the first client wants it, and what they share. Belongs to
/// its event loop.
final class Pools {
    private final Map<Name, ServerPool> pools = new LinkedHashMap<>();
    private final Map<String, Ceiling> ofDatabase = new HashMap<>();
    private final Map<String, Ceiling> ofUser = new HashMap<>();
    private final EventLoop loop;
    private final Limits limits;
    private final Dialer dialer;
    private final Turn turn;
    private final Directions directions;
    private Optional<Configuration> configuration = Optional.empty();
    private boolean held;
    private long lastStatement;
    private Past past = Past.NONE;
    private final MessageRules messages = new MessageRules();
    private final CausalGroups groups = new CausalGroups(10_000);
    private Consumer<ServerPool> onBirth = _ -> {};
    private Consumer<Brake> onEntry = _ -> {};

    /// @param database as clients call it
    /// @param user as which the servers are logged in to
    record Name(String database, String user, Route route) {
        private Name loggedInAs(String another) {
            return new Name(database, another, route);
        }
    }

    Pools(EventLoop loop, Dialer dialer, Commons commons) {
        this.loop = loop;
        this.dialer = dialer;
        this.turn = new Turn(loop);
        this.directions = commons.directions();
        this.limits = commons.limits();
    }

    /// The pool of a client.
    ServerPool of(Database database, Name wanted, Configuration by) {
        return named(wanted.loggedInAs(database.forcedUser().orElse(wanted.user())), database, by);
    }

    /// The pool of that name, whoever a client would be now.
    ServerPool named(Name name, Database database, Configuration by) {
        return pools.computeIfAbsent(name, key -> make(key, database, by));
    }

    private ServerPool make(Name name, Database database, Configuration by) {
        ServerPool pool = new ServerPool(this, name, database, by);
        onBirth.accept(pool);
        if (held) {
            pool.hold();
        }
        return pool;
    }

    /// Before a switchover, also for pools that are made meanwhile.
    void hold() {
        held = true;
        pools.values().forEach(ServerPool::hold);
    }

    /// Others may be led to the primary than before.
    private void holdAnew() {
        if (held) {
            hold();
        }
    }

    boolean isHeld() {
        return held;
    }

    void letGo(long now) {
        held = false;
        pools.values().forEach(pool -> pool.letGo(now));
    }

    /// Shows each new pool to somebody before it is used.
    void onBirth(Consumer<ServerPool> look) {
        onBirth = look;
    }

    /// Shows the brake of each new connection to somebody before anything is read from it.
    void onEntry(Consumer<Brake> look) {
        onEntry = look;
    }

    void enters(Brake brake) {
        onEntry.accept(brake);
    }

    /// Other servers are fit than before.
    void review(long now) {
        holdAnew();
        pools.values().forEach(pool -> pool.review(now));
    }

    /// Of a database; absent for all.
    Stream<ServerPool> of(Optional<String> database) {
        return pools.values().stream()
                .filter(pool ->
                        database.isEmpty() || pool.name().database().equals(database.get()));
    }

    Collection<ServerPool> all() {
        return Collections.unmodifiableCollection(pools.values());
    }

    /// No unnamed statement of any pool had it.
    long nextStatement() {
        return ++lastStatement;
    }

    MessageRules messages() {
        return messages;
    }

    CausalGroups groups() {
        return groups;
    }

    Turn turn() {
        return turn;
    }

    Dialer dialer() {
        return dialer;
    }

    Directions directions() {
        return directions;
    }

    Destination destinationOf(Name name, Terms terms) {
        return directions.to(terms.database(), name.route(), terms.values());
    }

    Ceilings ceilingsOf(Name name, PoolRules rules) {
        Ceiling database =
                ofDatabase.computeIfAbsent(
                        name.database(),
                        _ ->
                                new Ceiling(
                                        limits.ofDatabase(name.database(), rules.mostOfDatabase()),
                                        loop));
        Ceiling user =
                ofUser.computeIfAbsent(
                        name.user(),
                        _ -> new Ceiling(limits.ofUser(name.user(), rules.mostOfUser()), loop));
        limit(database, rules.mostOfDatabase());
        limit(user, rules.mostOfUser());
        return new Ceilings(database, user);
    }

    /// A ceiling outlives its pools, and what was reloaded while there were none.
    private void limit(Ceiling ceiling, int most) {
        if (ceiling.most() != most) {
            ceiling.most(most, turn.now());
        }
    }

    /// Whether clients may ask for a database by this name.
    static Optional<Database> databaseOf(ProxySettings settings, String name) {
        Database own = settings.databases().get(name);
        return Optional.ofNullable(own != null ? own : settings.databases().get(Database.ANY));
    }

    /// Everything goes by these settings from now on. Pools of databases that are not there any
    /// more end, and so do their clients.
    void configure(Configuration next) {
        configuration = Optional.of(next);
        ProxySettings settings = next.settings();
        messages.set(
                settings.values().number("max_packet_size"),
                settings.values().isOn("disable_pqexec")
                        ? SimpleQueries.ARE_REFUSED
                        : SimpleQueries.PASS);
        for (ServerPool pool : List.copyOf(pools.values())) {
            Optional<Database> database = databaseOf(settings, pool.name().database());
            if (database.isEmpty()) {
                pool.end("database removed");
                remove(pool);
            } else {
                configure(pool, database.get(), next);
            }
        }
        holdAnew();
    }

    private void configure(ServerPool pool, Database database, Configuration next) {
        Name before = pool.name();
        Name now =
                successor(pool.database(), database, before.user())
                        .map(before::loggedInAs)
                        .orElse(before);
        if (!now.equals(before)) {
            pools.remove(before);
            if (pools.putIfAbsent(now, pool) != null) { // of clients from before a user was forced
                pool.end("database configuration changed");
                forget(pool);
                return;
            }
        }
        pool.configure(database, next, now);
        limit(pool);
    }

    /// Who takes the place of a user as whom servers are logged in to; nobody where it stays.
    static Optional<String> successor(Database before, Database now, String user) {
        return before.forcedUser()
                .filter(user::equals)
                .flatMap(_ -> now.forcedUser())
                .filter(next -> !next.equals(user));
    }

    private void limit(ServerPool pool) {
        Ceiling database = ofDatabase.get(pool.name().database());
        Ceiling user = ofUser.get(pool.name().user());
        if (database != null && user != null) {
            database.most(pool.rules().mostOfDatabase(), turn.now());
            user.most(pool.rules().mostOfUser(), turn.now());
        }
    }

    private void remove(ServerPool pool) {
        pools.remove(pool.name());
        forget(pool);
    }

    private void forget(ServerPool pool) {
        past = past.plus(Past.of(pool.name(), pool.totals()));
        pool.part();
    }

    Past past() {
        return past;
    }

    /// Of the other databases nothing is there any more.
    void pastIsOf(Set<String> databases) {
        Map<String, Totals> left = new HashMap<>(past.ofDatabases());
        left.keySet().retainAll(databases);
        past = new Past(left, past.ofRoutes());
    }

    /// To be called a few times each second.
    void tick() {
        long now = turn.now();
        configuration.ifPresent(by -> {
            pools.values().forEach(pool -> pool.tick(now));
            forgetUnused(by, now);
        });
    }

    private void forgetUnused(Configuration by, long now) {
        Duration automatic = by.settings().values().time("autodb_idle_timeout");
        Duration any = by.settings().values().time("pool_idle_timeout");
        if (!automatic.isPositive() && !any.isPositive()) {
            return;
        }
        Iterator<ServerPool> all = pools.values().iterator();
        while (all.hasNext()) {
            ServerPool pool = all.next();
            boolean isAutomatic = !by.settings().databases().containsKey(pool.name().database());
            Optional<Long> since = pool.unusedSince();
            if (since.isPresent()
                    && !pool.numbers().isPaused()
                    && (isOver(any, now - since.get())
                            || (isAutomatic && isOver(automatic, now - since.get())))) {
                all.remove();
                forget(pool);
            }
        }
    }

    private static boolean isOver(Duration limit, long taken) {
        return limit.isPositive() && taken > limit.toNanos();
    }
}
