package io.toomai.proxy.net;

import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Database;
import io.toomai.proxy.config.PoolMode;
import io.toomai.proxy.config.PoolRules;
import io.toomai.proxy.config.TimeRules;
import io.toomai.proxy.login.CausalWish;
import io.toomai.proxy.login.Welcome;
import io.toomai.proxy.net.Destination.Outage;
import io.toomai.proxy.net.Destination.Target;
import io.toomai.proxy.pool.Ceilings;
import io.toomai.proxy.pool.Pool;
import io.toomai.proxy.pool.PoolActions;
import io.toomai.proxy.pool.Statistics;
import io.toomai.proxy.pool.Stay;
import io.toomai.proxy.relay.MessageRules;
import io.toomai.proxy.relay.StatementTable;
import io.toomai.proxy.relay.Statements;
import io.toomai.proxy.route.CausalGroup;
import io.toomai.proxy.route.CausalGroups;
import io.toomai.proxy.route.Claim;
import io.toomai.proxy.route.Keeping;
import io.toomai.proxy.route.Route;
import io.toomai.proxy.session.ParameterTable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One user's server connections to one database. Belongs to one event loop.
final class ServerPool implements PoolActions<ServerConnection, ClientConnection> {
    private static final Logger LOG = LoggerFactory.getLogger(ServerPool.class);

    private final Pools house;
    private final Ceilings ceilings;
    private final Pool<ServerConnection, ClientConnection> pool;
    private final StatementTable table;
    private final Statistics statistics = new Statistics();
    private final ParameterTable settings = new ParameterTable();
    private final Map<ServerConnection, Journey> servers = new LinkedHashMap<>();
    private final Set<ClientConnection> clients = new LinkedHashSet<>();
    private final Openings openings;
    private final Set<String> notTracked = new HashSet<>();
    private final Notifier notifier = new Notifier(this);
    private Pools.Name name;
    private Terms terms;
    private Destination destination;
    private long usedAt;

    ServerPool(Pools house, Pools.Name name, Database database, Configuration configuration) {
        this.house = house;
        this.name = name;
        table = new StatementTable(5000, house::nextStatement);
        terms = new Terms(database, configuration, name.user());
        destination = house.destinationOf(name, terms);
        ceilings = house.ceilingsOf(name, rules());
        pool = new Pool<>(terms.limits(), ceilings, this);
        openings = new Openings(this, pool, house.dialer());
        ceilings.join(pool);
        usedAt = turn().now();
        pool.configure(terms.limits(), terms.order(), usedAt);
    }

    // ---- what holds for it

    /// Everything from now on goes by these settings. Servers that would be opened otherwise now go
    /// as they become free.
    ///
    /// @param called as whom its servers are logged in to may have changed
    void configure(Database database, Configuration configuration, Pools.Name called) {
        Terms before = terms;
        terms = new Terms(database, configuration, called.user());
        if (!called.equals(name)) {
            name = called;
            ceilings.become(house.ceilingsOf(called, rules()), pool, turn().now());
        }
        openings.follow(before);
        if (!before.isAt(database)) {
            destination = house.destinationOf(name, terms);
        }
        pool.configure(terms.limits(), terms.order(), turn().now());
        pool.clientsAre(clients.size(), turn().now()); // whether it is kept warm is asked anew
        clients.forEach(client -> client.watch().rules(timesOf(client.identity().user())));
        if (!terms.leadTo(before)) {
            stale();
        }
    }

    PoolRules rules() {
        return terms.rules();
    }

    /// @param user who logged in
    TimeRules timesOf(String user) {
        return terms.timesOf(user);
    }

    Statements statements() {
        if (rules().mode() == PoolMode.SESSION && outage() == Outage.IS_WAITED_OUT) {
            return new Statements.OfOneThatMoves(table);
        }
        return rules().mode() == PoolMode.SESSION || preparedStatements() == 0
                ? new Statements.AsTheyAre()
                : new Statements.Shared(table);
    }

    MessageRules messages() {
        return house.messages();
    }

    ParameterTable settings() {
        return settings;
    }

    int preparedStatements() {
        return terms.values().number("max_prepared_statements");
    }

    Turn turn() {
        return house.turn();
    }

    Pools.Name name() {
        return name;
    }

    Database database() {
        return terms.database();
    }

    // ---- clients

    /// The first client of a pool waits until a server was reached: then all know what to be told.
    void welcome(Grant grant, WaitingRoom.Guest guest) {
        openings.welcome(grant, guest);
    }

    void enters(ClientConnection client) {
        clients.add(client);
        house.enters(client.brake());
        Optional.ofNullable(client.group()).ifPresent(CausalGroup::enters);
        statistics.loggedIn();
        pool.clientsAre(clients.size(), turn().now());
    }

    void left(ClientConnection client) {
        clients.remove(client);
        pool.giveUpPlace(client);
        Optional.ofNullable(client.group()).ifPresent(CausalGroup::leaves);
        usedAt = turn().now();
        pool.clientsAre(clients.size(), usedAt);
    }

    /// Its `min_pool_size` is kept though no client is there.
    void keepWarm() {
        if (clients.isEmpty()) {
            pool.clientsAre(1, turn().now());
        }
    }

    /// A server, or nothing: then the client waits, unless it was ended.
    @Nullable ServerConnection take(ClientConnection client) {
        long now = turn().now();
        int most = terms.mostWaiting();
        boolean hadItsTurn =
                (client.waitsForServer() && equals(client.pool())) || pool.keepsPlace(client);
        if (most > 0 && pool.waiting() >= most && !hadItsTurn) {
            client.end(
                    "53300",
                    "too many clients wait for a server: "
                            + pool.waiting()
                            + " of at most "
                            + most
                            + " (max_waiting_clients)");
            return null;
        }
        Optional<String> failing = openings.failing(now);
        if (failing.isPresent() && pool.size() == pool.opening()) {
            client.end("08P01", failing.get());
            return null;
        }
        ServerConnection free = pool.take(client, now);
        if (free != null) {
            statistics.assigned(0);
        }
        return free;
    }

    void leave(ClientConnection client) {
        pool.leave(client);
    }

    @Override
    public void serve(ClientConnection client, ServerConnection server) {
        statistics.assigned(turn().now() - client.waitsSince());
        client.served(server);
    }

    // ---- causal reads

    /// Why its clients cannot belong to a group; empty where they can.
    Optional<String> unfitForCausality(String group) {
        if (CausalWish.isTooLong(group)) {
            return Optional.of("the name in " + CausalWish.NAME + " is too long");
        }
        return rules().mode() != PoolMode.SESSION && outage() == Outage.IS_WAITED_OUT
                ? Optional.empty()
                : Optional.of(
                        CausalWish.NAME
                                + " needs pool_mode = transaction, and a database of the cluster"
                                + " that the proxy is led by");
    }

    CausalGroup group(String user, String group) {
        return house.groups().of(new CausalGroups.Name(name.database(), user, group));
    }

    /// For how long a read waits for a replica, in nanoseconds.
    long causalPatience() {
        return terms.values().time("causal_reads_timeout").toNanos();
    }

    boolean readsFromReplicas() {
        return name.route() != Route.WRITE;
    }

    /// Where its clients read what no replica has in time.
    ServerPool ofPrimary() {
        Pools.Name there = new Pools.Name(name.database(), name.user(), Route.WRITE);
        ServerPool primary = house.named(there, terms.database(), terms.configuration());
        primary.openings.lend(openings.grant(new Grant.Nothing()));
        return primary;
    }

    void later(Runnable what, long millis) {
        house.dialer().later(what, millis);
    }

    // ---- servers

    @Override
    public void open() {
        openings.open();
    }

    /// Where the next connection goes; its end must be told to the journey.
    Optional<Journey> nextJourney() {
        return Journey.begin(destination, terms);
    }

    /// A connection for one client alone, which the pool neither keeps nor counts.
    ///
    /// @param settings of the StartupMessage
    void dialAlone(Target target, Grant grant, Map<String, String> settings, Dialer.Caller by) {
        house.dialer().dial(call(target, openings.grant(grant), settings), by);
    }

    /// @param shown what a client has proven itself with
    /// @param settings of the StartupMessage, before those of the database
    Dialer.Call call(Target target, Grant shown, Map<String, String> settings) {
        return new Dialer.Call(
                target,
                name.user(),
                database().dbname().orElse(name.database()),
                terms.credentials(shown),
                terms.startup(settings));
    }

    Terms terms() {
        return terms;
    }

    Destination destination() {
        return destination;
    }

    Outage outage() {
        return destination.outage();
    }

    /// What is wrong with a server that has been logged in to; empty where it fits.
    Optional<Misfit> misfit(Journey journey, Welcome said) {
        Target target = journey.target();
        if (!journey.leadsTo(destination, terms) || journey.keeping() != Keeping.STAYS) {
            return Optional.of(
                    new Misfit(target.name() + " is not wanted any more", Misfit.Prospect.STAYS));
        }
        return RoleReport.of(said)
                .filter(role -> !destination.allows(role))
                .map(role ->
                        new Misfit(
                                target.name() + " says that it is a " + role.word(),
                                role == Claim.STANDBY
                                        ? Misfit.Prospect.FITS_SOON
                                        : Misfit.Prospect.STAYS));
    }

    /// A server says that it has another role than before.
    void claimed(ServerConnection server, Claim claim) {
        if (!destination.allows(claim)) {
            pool.dismiss(server, "server is a " + claim.word() + " now", turn().now());
        }
    }

    /// Other servers are fit than before.
    void review(long now) {
        for (Map.Entry<ServerConnection, Journey> entry : List.copyOf(servers.entrySet())) {
            ServerConnection server = entry.getKey();
            switch (entry.getValue().keeping()) {
                case STAYS -> {}
                case GOES_WHEN_FREE -> pool.dismiss(server, "server is not wanted any more", now);
                case IS_CUT -> {
                    pool.dismiss(server, "server is not wanted any more", now);
                    server.close();
                }
            }
        }
        notifier.review();
        openings.review(now);
    }

    /// A server has let the pool in.
    void ready(ServerConnection server, Journey journey, Welcome said) {
        servers.put(server, journey);
        pool.reached(server);
        house.enters(server.brake());
        sayWhatIsNotTracked(said);
        Optional<String> query = database().connectQuery();
        if (query.isEmpty()) {
            opened(server, said);
        } else {
            server.ask(query.get(), new Upkeep.AtStart(this, server, said));
        }
    }

    /// `track_extra_parameters`: of what a server does not report no change is seen.
    private void sayWhatIsNotTracked(Welcome said) {
        Set<String> reported = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        reported.addAll(said.parameters().keySet());
        for (String wanted : terms.values().list("track_extra_parameters")) {
            if (!reported.contains(wanted) && notTracked.add(wanted)) {
                LOG.warn(
                        "{} server does not report {}: what clients set of it is not tracked, it"
                                + " stays with the server (track_extra_parameters)",
                        label(),
                        wanted);
            }
        }
    }

    /// It can be used.
    void opened(ServerConnection server, Welcome said) {
        pool.opened(server, turn().now());
        openings.opened(said);
        notifier.reached();
    }

    @Override
    public void check(ServerConnection server) {
        server.ask(terms.checkQuery().orElse(""), new Upkeep.Checking(this, server));
    }

    /// It lives.
    void checked(ServerConnection server) {
        pool.checked(server, turn().now());
    }

    @Override
    public void close(ServerConnection server, String reason) {
        closes(server, reason);
        server.close();
    }

    /// Listens for its clients.
    Notifier notifier() {
        return notifier;
    }

    /// For the log: a server goes.
    void closes(ServerConnection server, String reason) {
        LOG.info("{} closing server {}: {}", label(), server.welcome().process(), reason);
    }

    String label() {
        return Printable.of(name.database()) + "/" + Printable.of(name.user());
    }

    /// A client has done with its server, and stays.
    void freed(ServerConnection server) {
        CausalGroup owed = server.takeOwed();
        if (owed != null) {
            server.ask(Position.WRITTEN, new Settling(this, server, owed));
        } else if (terms.reset() == Terms.Reset.AFTER_EACH_TRANSACTION) {
            Upkeep.clean(this, server, terms.resetQuery());
        } else {
            release(server);
        }
    }

    /// A client has left a server that is ready for a query, perhaps in a transaction.
    void left(ServerConnection server, ClientConnection client) {
        List<String> queries = new ArrayList<>();
        if (server.side().isInTransaction()) {
            queries.add("ROLLBACK");
        }
        if (client.mode() == PoolMode.SESSION
                || terms.reset() == Terms.Reset.AFTER_EACH_TRANSACTION) {
            queries.addAll(terms.resetQuery());
            server.side().leftUnnamed();
        }
        Upkeep.clean(this, server, queries);
    }

    void release(ServerConnection server) {
        pool.release(server, turn().now());
    }

    void lost(ServerConnection server) {
        Journey journey = servers.remove(server);
        if (journey != null) {
            journey.left();
        }
        usedAt = turn().now();
        pool.lost(server, usedAt);
    }

    // ---- what time brings

    /// To be called a few times each second.
    void tick(long now) {
        long ownPatience = terms.patience().toNanos();
        List.copyOf(servers.keySet()).forEach(server -> server.tick(now, ownPatience));
        if (terms.values().isOn("server_fast_close")) {
            endStaleSessions();
        }
        clients.forEach(client -> client.tick(now));
        notifier.tick(now);
        openings.tick(now);
        pool.tick(now);
    }

    private void endStaleSessions() {
        for (ClientConnection client : clients) {
            ServerConnection server = client.server();
            if (server != null && pool.isStale(server) && server.isFree()) {
                client.end("08P01", "database configuration changed");
                server.close();
            }
        }
    }

    /// Since when it is of no use to anybody, in nanoseconds; nothing while it is.
    Optional<Long> unusedSince() {
        boolean isWanted = // readers of another pool may wait for its servers
                !clients.isEmpty() || pool.waiting() > 0 || openings.isAwaited();
        return isWanted || pool.size() > 0 ? Optional.empty() : Optional.of(usedAt);
    }

    // ---- orders

    /// Before a switchover: nobody begins anything on the primary. Again whenever others are fit.
    void hold() {
        if (destination.waitsForSwitchover()) {
            pool.hold(turn().now());
        }
        clients.stream()
                .filter(client -> endsInSwitchover(client.server()))
                .forEach(ClientConnection::waitsForSwitchover);
    }

    /// Whether clients wait for a switchover, which ends this server.
    boolean endsInSwitchover(@Nullable ServerConnection server) {
        Journey journey = house.isHeld() ? servers.get(server) : null;
        return journey != null && journey.endsInSwitchover();
    }

    void letGo(long now) {
        pool.letGo(now);
        clients.forEach(ClientConnection::goesOnAfterSwitchover);
    }

    /// What clients that are to wait for a switchover still have under way on the primary.
    int underWay() {
        return (int)
                servers.keySet().stream()
                        .filter(server -> server.isBusy() && endsInSwitchover(server))
                        .count();
    }

    /// Each server that is there or being reached is not to be used again, for their place has
    /// changed, or which of them is primary: those that are idle go at once, others when free.
    void stale() {
        openings.callOff();
        openings.forgive();
        notifier.close();
        pool.reconnect(turn().now());
    }

    void pause() {
        pool.pause(turn().now());
        openings.callOff();
        notifier.close();
    }

    void resume(long now) {
        pool.resume(now);
        openings.tellOfGuests(now);
        notifier.resume();
    }

    /// All of it goes at once.
    void kill(String reason) {
        openings.callOff();
        openings.refuseAll("08P01", reason);
        notifier.close();
        List.copyOf(clients).forEach(client -> client.end("08P01", reason));
        List.copyOf(servers.keySet()).forEach(server -> close(server, reason));
    }

    /// It begins nothing any more; what is there goes.
    void end(String reason) {
        pool.end(turn().now());
        kill(reason);
    }

    /// It is no more among the pools: nobody can reach it.
    void part() {
        pool.end(turn().now());
        ceilings.part(pool);
    }

    // ---- what is seen of it

    PoolMode mode() {
        return rules().mode();
    }

    /// Those that are there or on their way.
    int servers() {
        return pool.size();
    }

    long nextNumber() {
        return house.dialer().nextNumber();
    }

    /// Those that are logged in.
    Collection<ServerConnection> connections() {
        return Collections.unmodifiableCollection(servers.keySet());
    }

    void forEachServer(BiConsumer<Target, ServerConnection> look) {
        servers.forEach((server, journey) -> look.accept(journey.target(), server));
    }

    Collection<ClientConnection> clients() {
        return Collections.unmodifiableCollection(clients);
    }

    /// Servers that a client has, or that do something for the proxy itself.
    int busy() {
        return pool.active() + pool.tested();
    }

    boolean isStale(ServerConnection server) {
        return pool.isStale(server) && server.stay().state() != Stay.State.GONE;
    }

    boolean hasStale() {
        return servers.keySet().stream().anyMatch(this::isStale);
    }

    /// Its numbers: how many servers are where, and who waits how long.
    Pool<ServerConnection, ClientConnection> numbers() {
        return pool;
    }

    Statistics statistics() {
        return statistics;
    }

    Statistics.Totals totals() {
        return statistics.totals(
                new Statistics.Parses(
                        table.parsesByClients(), table.parsesAtServers(), table.binds()));
    }
}
