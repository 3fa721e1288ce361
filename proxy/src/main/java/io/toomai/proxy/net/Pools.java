package io.toomai.proxy.net;

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
import java.util.OptionalLong;
import java.util.function.Consumer;

/// All pools, each made when the first client wants it, and what they share. Belongs to the event
/// loop.
final class Pools {
    private final Map<Name, ServerPool> pools = new LinkedHashMap<>();
    private final Map<String, Ceiling> ofDatabase = new HashMap<>();
    private final Map<String, Ceiling> ofUser = new HashMap<>();
    private final Map<String, Period> periods = new LinkedHashMap<>();
    private final Dialer dialer;
    private final Turn turn;
    private final Directions directions;
    private Optional<Configuration> configuration = Optional.empty();
    private boolean held;
    private long heldSince;
    private long lastStatement;
    private final MessageRules messages = new MessageRules();
    private final CausalGroups groups = new CausalGroups(10_000);
    private Consumer<ServerPool> onBirth = _ -> {};
    private Consumer<Brake> onEntry = _ -> {};

    /// @param database as clients call it
    /// @param user as which the servers are logged in to
    record Name(String database, String user, Route route) {}

    Pools(Dialer dialer, Turn turn, Directions directions) {
        this.dialer = dialer;
        this.turn = turn;
        this.directions = directions;
    }

    /// The pool of a client.
    ServerPool of(Database database, Name wanted, Configuration by) {
        return pools.computeIfAbsent(
                new Name(
                        wanted.database(),
                        database.forcedUser().orElse(wanted.user()),
                        wanted.route()),
                key -> make(key, database, by));
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
        heldSince = turn.now();
        pools.values().forEach(ServerPool::hold);
    }

    /// Since when clients wait for a switchover, in nanoseconds; nothing while they do not.
    OptionalLong heldSince() {
        return held ? OptionalLong.of(heldSince) : OptionalLong.empty();
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
        pools.values().forEach(pool -> pool.review(now));
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

    Destination destinationOf(Name name, Database database) {
        return directions.to(database, name.route());
    }

    Ceilings ceilingsOf(Name name, PoolRules rules) {
        return new Ceilings(
                ofDatabase.computeIfAbsent(
                        name.database(), _ -> new Ceiling(rules.mostOfDatabase())),
                ofUser.computeIfAbsent(name.user(), _ -> new Ceiling(rules.mostOfUser())));
    }

    /// Servers of all pools of a database.
    int serversOfDatabase(String name) {
        Ceiling ceiling = ofDatabase.get(name);
        return ceiling == null ? 0 : ceiling.used();
    }

    /// Servers that are logged in to as this user.
    int serversOfUser(String name) {
        Ceiling ceiling = ofUser.get(name);
        return ceiling == null ? 0 : ceiling.used();
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
                pool.kill("database removed");
                remove(pool);
            } else {
                pool.configure(database.get(), next);
                limit(pool);
            }
        }
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
        pool.part();
    }

    /// To be called a few times each second.
    void tick() {
        long now = turn.now();
        configuration.ifPresent(by -> {
            keepWarm(by);
            pools.values().forEach(pool -> pool.tick(now));
            forgetUnused(by, now);
            measure(by, now);
        });
    }

    /// A database with a user of its own is kept warm though no client has come yet.
    private void keepWarm(Configuration by) {
        for (Database database : by.settings().databases().values()) {
            Optional<String> user = database.forcedUser();
            if (user.isPresent()
                    && !database.name().equals(Database.ANY)
                    && PoolRules.of(by.settings(), database, user.get()).least() > 0) {
                Route route = database.route().orElse(Route.WRITE);
                of(database, new Name(database.name(), user.get(), route), by).keepWarm();
            }
        }
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
                pool.part();
            }
        }
    }

    private static boolean isOver(Duration limit, long taken) {
        return limit.isPositive() && taken > limit.toNanos();
    }

    // ---- statistics

    /// What has gone through each database's pools.
    Map<String, Totals> totals() {
        Map<String, Totals> totals = new LinkedHashMap<>();
        for (ServerPool pool : pools.values()) {
            totals.merge(pool.name().database(), pool.totals(), Totals::plus);
        }
        return totals;
    }

    /// Of each database over the last whole `stats_period`.
    Map<String, Totals> averages() {
        Map<String, Totals> averages = new LinkedHashMap<>();
        periods.forEach((database, period) -> averages.put(database, period.average()));
        return averages;
    }

    private void measure(Configuration by, long now) {
        long length = by.settings().values().time("stats_period").toNanos();
        Map<String, Totals> totals = totals();
        periods.keySet().retainAll(totals.keySet());
        totals.forEach((database, total) ->
                periods.computeIfAbsent(database, _ -> new Period(now)).look(total, now, length));
    }
}
