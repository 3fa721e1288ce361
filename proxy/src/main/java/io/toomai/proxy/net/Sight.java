package io.toomai.proxy.net;

import io.toomai.proxy.config.Database;
import io.toomai.proxy.config.Peer;
import io.toomai.proxy.config.PoolMode;
import io.toomai.proxy.config.ProxySettings;
import io.toomai.proxy.config.ShownSetting;
import io.toomai.proxy.config.UserLimits;
import io.toomai.proxy.config.ValuesOf;
import io.toomai.proxy.console.Halts;
import io.toomai.proxy.console.Overview;
import io.toomai.proxy.console.Overview.LatencyLine;
import io.toomai.proxy.console.Overview.Taking;
import io.toomai.proxy.console.Right;
import io.toomai.proxy.net.ServerCancel.State;
import io.toomai.proxy.pool.Latencies;
import io.toomai.proxy.pool.Pool;
import io.toomai.proxy.pool.Statistics;
import io.toomai.proxy.pool.Statistics.Totals;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/// The proxy as the console and metrics show it. Belongs to the event loop.
final class Sight implements Overview {
    private final Premises premises;
    private final Ways ways;

    Sight(Premises premises) {
        this.premises = premises;
        this.ways = new Ways(premises);
    }

    /// To be called a few times each second.
    void tick(long now) {
        ways.tick(now);
    }

    private ProxySettings all() {
        return premises.configuration().settings();
    }

    private ValuesOf values() {
        return all().values();
    }

    // ---- databases

    @Override
    public List<DatabaseLine> databases() {
        Map<String, Database> named = new TreeMap<>(all().databases());
        named.remove(Database.ANY);
        for (ServerPool pool : premises.pools().all()) {
            named.putIfAbsent(pool.name().database(), pool.database());
        }
        Stream<DatabaseLine> own = Stream.of(consoleDatabase());
        return Stream.concat(
                        own, named.entrySet().stream().map(e -> line(e.getKey(), e.getValue())))
                .toList();
    }

    private DatabaseLine consoleDatabase() {
        return new DatabaseLine(
                Right.DATABASE,
                Optional.empty(),
                values().number("listen_port"),
                Right.DATABASE,
                Optional.of(Right.OWN_USER),
                Optional.of("statement"),
                Optional.empty(),
                new DatabaseNumbers(
                        2,
                        0,
                        0,
                        values().time("server_lifetime").toSeconds(),
                        0,
                        0,
                        0,
                        premises.consoles().count()),
                Service.OPEN);
    }

    private DatabaseLine line(String name, Database database) {
        Database.Limits limits = database.limits();
        int servers = pools(name).mapToInt(ServerPool::servers).sum();
        return new DatabaseLine(
                name,
                hosts(database),
                database.port(),
                database.dbname().orElse(name),
                database.forcedUser(),
                limits.poolMode().map(PoolMode::word),
                balance(database),
                new DatabaseNumbers(
                        or(limits.poolSize(), "default_pool_size"),
                        or(limits.minPoolSize(), "min_pool_size"),
                        or(limits.reservePoolSize(), "reserve_pool_size"),
                        limits.serverLifetime()
                                .orElse(values().time("server_lifetime"))
                                .toSeconds(),
                        or(limits.maxConnections(), "max_db_connections"),
                        servers,
                        or(limits.maxClientConnections(), "max_db_client_connections"),
                        clientsOf(name)),
                Service.of(
                        premises.steering().halting().all().stream()
                                .anyMatch(halt -> halt.database().equals(Optional.of(name))),
                        premises.steering().isDisabled(name)));
    }

    private int or(OptionalInt own, String general) {
        return own.orElseGet(() -> values().number(general));
    }

    private static Optional<String> hosts(Database database) {
        return database.hosts().isEmpty()
                ? Optional.empty()
                : Optional.of(String.join(",", database.hosts()));
    }

    private static Optional<String> balance(Database database) {
        if (database.hosts().size() < 2) {
            return Optional.empty();
        }
        return Optional.of(
                switch (database.balance()) {
                    case ROUND_ROBIN -> "round-robin";
                    case DISABLE -> "disable";
                });
    }

    private Stream<ServerPool> pools(String database) {
        return premises.steering().halting().pools(Optional.of(database));
    }

    private int clientsOf(String database) {
        return (int)
                premises.clients().all().stream()
                        .filter(client -> client.identity().database().equals(database))
                        .count();
    }

    // ---- pools

    @Override
    public List<PoolLine> pools() {
        List<PoolLine> lines = new ArrayList<>();
        lines.add(
                new PoolLine(
                        Right.DATABASE,
                        Right.OWN_USER,
                        new ClientNumbers(premises.consoles().count(), 0, 0, 0),
                        new ServerNumbers(0, 0, 0, 0, 0, 0, 0),
                        0,
                        "statement",
                        Optional.empty()));
        long now = System.nanoTime();
        byName().forEach(pools -> lines.add(line(pools, now)));
        return lines;
    }

    /// Those together that differ by their route only: programs take database and user for what
    /// tells them apart.
    private Collection<List<ServerPool>> byName() {
        Map<List<String>, List<ServerPool>> byName = new LinkedHashMap<>();
        for (ServerPool pool : premises.pools().all()) {
            byName.computeIfAbsent(
                            List.of(pool.name().database(), pool.name().user()),
                            _ -> new ArrayList<>())
                    .add(pool);
        }
        return byName.values();
    }

    private PoolLine line(List<ServerPool> pools, long now) {
        ServerPool first = pools.getFirst();
        int waiting = sum(pools, Pool::waiting);
        int clients =
                (int)
                        premises.clients().all().stream()
                                .filter(client -> pools.contains(client.pool()))
                                .count();
        long longestWait =
                pools.stream().mapToLong(pool -> pool.numbers().longestWait(now)).max().orElse(0);
        return new PoolLine(
                first.name().database(),
                first.name().user(),
                new ClientNumbers(
                        Math.max(0, clients - waiting),
                        waiting,
                        askers(cancels(pools), State.DELIVERED),
                        askers(cancels(pools), State.ON_THE_WAY)),
                new ServerNumbers(
                        sum(pools, Pool::active),
                        delivered(cancels(pools)),
                        (int) connections(pools).filter(ServerConnection::isBeingCanceled).count(),
                        sum(pools, Pool::idle),
                        0,
                        sum(pools, Pool::tested),
                        sum(pools, Pool::opening)),
                TimeUnit.NANOSECONDS.toMicros(longestWait),
                first.mode().word(),
                balance(first.database()));
    }

    private static Stream<ServerConnection> connections(List<ServerPool> pools) {
        return pools.stream().flatMap(pool -> pool.connections().stream());
    }

    private static List<ServerCancel> cancels(List<ServerPool> pools) {
        return connections(pools).flatMap(server -> server.runningCancel().stream()).toList();
    }

    private static int askers(List<ServerCancel> cancels, State state) {
        return cancels.stream()
                .filter(cancel -> cancel.state() == state)
                .mapToInt(ServerCancel::askers)
                .sum();
    }

    private static int delivered(List<ServerCancel> cancels) {
        return (int) cancels.stream().filter(each -> each.state() == State.DELIVERED).count();
    }

    private static int sum(List<ServerPool> pools, ToIntFunction<Pool<?, ?>> number) {
        return pools.stream().mapToInt(pool -> number.applyAsInt(pool.numbers())).sum();
    }

    // ---- connections

    @Override
    public List<SocketLine> clients() {
        return premises.clients().all().stream().map(SocketLines::of).toList();
    }

    @Override
    public List<SocketLine> logins() {
        return premises.newcomers().lines(System.nanoTime());
    }

    @Override
    public List<SocketLine> servers() {
        return premises.pools().all().stream()
                .flatMap(pool -> pool.connections().stream())
                .map(SocketLines::of)
                .toList();
    }

    // ---- users, traffic

    @Override
    public List<UserLine> users() {
        TreeSet<String> names = new TreeSet<>(premises.configuration().users().users().keySet());
        names.addAll(all().users().keySet());
        premises.pools().all().forEach(pool -> names.add(pool.name().user()));
        return names.stream().map(this::user).toList();
    }

    private UserLine user(String name) {
        Optional<UserLimits> own = Optional.ofNullable(all().users().get(name));
        return new UserLine(
                name,
                own.flatMap(limits -> boxed(limits.poolSize())),
                own.flatMap(limits -> boxed(limits.reservePoolSize())),
                own.flatMap(UserLimits::poolMode).map(PoolMode::word),
                or(own.map(UserLimits::maxConnections).orElse(NOTHING), "max_user_connections"),
                premises.pools().all().stream()
                        .filter(pool -> pool.name().user().equals(name))
                        .mapToInt(ServerPool::servers)
                        .sum(),
                or(
                        own.map(UserLimits::maxClientConnections).orElse(NOTHING),
                        "max_user_client_connections"),
                (int)
                        premises.clients().all().stream()
                                .filter(client -> client.identity().user().equals(name))
                                .count());
    }

    private static final OptionalInt NOTHING = OptionalInt.empty();

    private static Optional<Integer> boxed(OptionalInt number) {
        return number.isPresent() ? Optional.of(number.getAsInt()) : Optional.empty();
    }

    @Override
    public List<TrafficLine> traffic() {
        Map<String, Totals> averages = premises.pools().averages();
        return new TreeMap<>(premises.pools().totals())
                .entrySet().stream()
                        .map(total ->
                                new TrafficLine(
                                        total.getKey(),
                                        total.getValue(),
                                        averages.getOrDefault(total.getKey(), Totals.NONE)))
                        .toList();
    }

    /// What monitors ask for.
    private static final List<Double> QUANTILES = List.of(0.5, 0.9, 0.99, 0.999);

    @Override
    public List<LatencyLine> latencies() {
        return byName().stream().flatMap(Sight::latencies).toList();
    }

    private static Stream<LatencyLine> latencies(List<ServerPool> pools) {
        return Stream.of(
                latency(pools, Taking.QUERY, Statistics::queryTimes),
                latency(pools, Taking.TRANSACTION, Statistics::transactionTimes),
                latency(pools, Taking.WAIT, Statistics::waitTimes));
    }

    private static LatencyLine latency(
            List<ServerPool> pools, Taking of, Function<Statistics, Latencies> which) {
        Latencies took =
                pools.stream()
                        .map(pool -> which.apply(pool.statistics()))
                        .reduce(Latencies::plus)
                        .orElseThrow();
        SortedMap<String, Long> quantiles = new TreeMap<>();
        QUANTILES.forEach(part -> quantiles.put(part.toString(), took.percentile(part)));
        return new LatencyLine(
                pools.getFirst().name().database(),
                pools.getFirst().name().user(),
                of,
                quantiles,
                took.sum(),
                took.count());
    }

    // ---- the whole

    @Override
    public List<PeerLine> peers() {
        return all().peers().stream().map(this::peer).toList();
    }

    private PeerLine peer(Peer peer) {
        List<ServerCancel> handedOn = premises.cancels().handedOnTo(peer.id());
        return new PeerLine(
                peer.id(),
                peer.host(),
                peer.port(),
                peer.poolSize(),
                new ClientNumbers(
                        0,
                        0,
                        askers(handedOn, State.DELIVERED),
                        askers(handedOn, State.ON_THE_WAY)),
                delivered(handedOn));
    }

    @Override
    public List<SettingLine> settings() {
        return all().shown().stream().map(Sight::setting).toList();
    }

    private static SettingLine setting(ShownSetting setting) {
        return new SettingLine(
                setting.name(),
                setting.value(),
                setting.byDefault(),
                setting.isChangeable() ? Changeable.YES : Changeable.NO);
    }

    @Override
    public List<RouteLine> routes() {
        return premises.pools().directions().rows();
    }

    @Override
    public List<WayLine> ways() {
        return ways.lines(System.nanoTime());
    }

    @Override
    public List<PauseLine> pauses() {
        long now = System.nanoTime();
        return Stream.concat(
                        premises.steering().halting().all().stream().map(halt -> pause(halt, now)),
                        premises.pools().heldSince().stream().mapToObj(since -> hold(now - since)))
                .toList();
    }

    private PauseLine hold(long nanos) {
        return new PauseLine(
                Database.ANY,
                "held",
                "the cluster",
                "the end of the switchover",
                premises.pools().all().stream().mapToInt(ServerPool::underWay).sum(),
                TimeUnit.NANOSECONDS.toSeconds(nanos));
    }

    private PauseLine pause(Halts.Named named, long now) {
        Halts.Halt halt = named.order();
        int inUse =
                premises.steering()
                        .halting()
                        .pools(named.database())
                        .mapToInt(ServerPool::servers)
                        .sum();
        String state =
                switch (halt.manner()) {
                    case PAUSE -> halt.progress() == Halts.Progress.WAITING ? "waiting" : "paused";
                    case KILL -> "killed";
                    case SUSPEND ->
                            halt.progress() == Halts.Progress.WAITING ? "waiting" : "suspended";
                };
        return new PauseLine(
                named.database().orElse(Database.ANY),
                state,
                halt.owner().name(),
                named.ends(premises.steering().halting().tie()),
                inUse,
                TimeUnit.NANOSECONDS.toSeconds(now - halt.since()));
    }

    @Override
    public List<HostLine> hosts() {
        return premises.dialer().hosts();
    }

    @Override
    public Condition condition() {
        return premises.steering().halting().condition();
    }

    @Override
    public List<MemoryLine> memory() {
        return List.of(
                new MemoryLine("client_cache", 1, premises.clients().all().size(), 0),
                new MemoryLine("pool_cache", 1, premises.pools().all().size(), 0));
    }
}
