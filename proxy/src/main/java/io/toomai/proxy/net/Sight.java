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
import io.toomai.proxy.net.PoolView.CancelView;
import io.toomai.proxy.net.PoolView.Times;
import io.toomai.proxy.net.ServerCancel.State;
import io.toomai.proxy.pool.Latencies;
import java.time.Duration;
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
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/// The proxy as the console and metrics show it: what its wings have said of themselves, and what
/// the premises know. Belongs to the first wing's event loop.
final class Sight implements Overview {
    private final Premises premises;
    private final Survey survey;
    private final Ways ways;
    private final Traffic traffic;

    Sight(Premises premises, Survey survey, Ways ways, Traffic traffic) {
        this.premises = premises;
        this.survey = survey;
        this.ways = ways;
        this.traffic = traffic;
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
        for (PoolView pool : survey.pools()) {
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
        int servers = servers(pool -> pool.name().database().equals(name));
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
                                .filter(Duration::isPositive)
                                .orElse(values().time("server_lifetime"))
                                .toSeconds(),
                        or(limits.maxConnections(), "max_db_connections"),
                        servers,
                        or(limits.maxClientConnections(), "max_db_client_connections"),
                        premises.crowd().ofDatabase(name)),
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

    /// Of the pools of which that is true.
    private int servers(Predicate<PoolView> which) {
        return survey.pools().stream().filter(which).mapToInt(pool -> pool.servers().all()).sum();
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
                        Optional.empty(),
                        ListenNumbers.NONE));
        byName().forEach(pools -> lines.add(line(pools)));
        return lines;
    }

    /// Those together that differ by their route only: programs take database and user for what
    /// tells them apart.
    private Collection<List<PoolView>> byName() {
        Map<List<String>, List<PoolView>> byName = new LinkedHashMap<>();
        for (PoolView pool : survey.pools()) {
            byName.computeIfAbsent(
                            List.of(pool.name().database(), pool.name().user()),
                            _ -> new ArrayList<>())
                    .add(pool);
        }
        return byName.values();
    }

    private static PoolLine line(List<PoolView> pools) {
        PoolView first = pools.getFirst();
        int waiting = sum(pools, pool -> pool.clients().waiting());
        int clients = sum(pools, pool -> pool.clients().all());
        long longestWait =
                pools.stream().mapToLong(pool -> pool.clients().longestWait()).max().orElse(0);
        List<CancelView> cancels = pools.stream().flatMap(pool -> pool.cancels().stream()).toList();
        return new PoolLine(
                first.name().database(),
                first.name().user(),
                new ClientNumbers(
                        Math.max(0, clients - waiting),
                        waiting,
                        askers(cancels, State.DELIVERED),
                        askers(cancels, State.ON_THE_WAY)),
                new ServerNumbers(
                        sum(pools, pool -> pool.servers().active()),
                        delivered(cancels),
                        sum(pools, pool -> pool.servers().beingCanceled()),
                        sum(pools, pool -> pool.servers().idle()),
                        0,
                        sum(pools, pool -> pool.servers().tested()),
                        sum(pools, pool -> pool.servers().opening())),
                TimeUnit.NANOSECONDS.toMicros(longestWait),
                first.mode().word(),
                balance(first.database()),
                pools.stream()
                        .map(PoolView::listening)
                        .reduce(ListenNumbers.NONE, ListenNumbers::plus));
    }

    private static int askers(List<CancelView> cancels, State state) {
        return cancels.stream()
                .filter(cancel -> cancel.state() == state)
                .mapToInt(CancelView::askers)
                .sum();
    }

    private static int delivered(List<CancelView> cancels) {
        return (int) cancels.stream().filter(each -> each.state() == State.DELIVERED).count();
    }

    private static int sum(List<PoolView> pools, ToIntFunction<PoolView> number) {
        return pools.stream().mapToInt(number).sum();
    }

    // ---- connections

    @Override
    public List<SocketLine> clients() {
        return survey.clients();
    }

    @Override
    public Map<Alike, Integer> clientsAlike() {
        return survey.alike();
    }

    @Override
    public List<SocketLine> logins() {
        return premises.newcomers().lines(System.nanoTime());
    }

    @Override
    public List<SocketLine> servers() {
        return survey.servers();
    }

    @Override
    public int clientCount() {
        return premises.crowd().all();
    }

    @Override
    public int serverCount() {
        return survey.serverCount();
    }

    // ---- users, traffic

    @Override
    public List<UserLine> users() {
        TreeSet<String> names = new TreeSet<>(premises.configuration().users().users().keySet());
        names.addAll(all().users().keySet());
        survey.pools().forEach(pool -> names.add(pool.name().user()));
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
                servers(pool -> pool.name().user().equals(name)),
                or(
                        own.map(UserLimits::maxClientConnections).orElse(NOTHING),
                        "max_user_client_connections"),
                premises.crowd().ofUser(name));
    }

    private static final OptionalInt NOTHING = OptionalInt.empty();

    private static Optional<Integer> boxed(OptionalInt number) {
        return number.isPresent() ? Optional.of(number.getAsInt()) : Optional.empty();
    }

    @Override
    public List<TrafficLine> traffic() {
        return traffic.lines(survey);
    }

    /// What monitors ask for.
    private static final List<Double> QUANTILES = List.of(0.5, 0.9, 0.99, 0.999);

    @Override
    public List<LatencyLine> latencies() {
        return byName().stream().flatMap(Sight::latencies).toList();
    }

    private static Stream<LatencyLine> latencies(List<PoolView> pools) {
        return pools.getFirst().times().isEmpty()
                ? Stream.empty()
                : Stream.of(
                        latency(pools, Taking.QUERY, Times::ofQueries),
                        latency(pools, Taking.TRANSACTION, Times::ofTransactions),
                        latency(pools, Taking.WAIT, Times::ofWaits));
    }

    private static LatencyLine latency(
            List<PoolView> pools, Taking of, Function<Times, Latencies> which) {
        Latencies took =
                pools.stream()
                        .flatMap(pool -> pool.times().stream())
                        .map(which)
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
        List<CancelView> handedOn =
                premises.wings().first().cancels().handedOnTo(peer.id()).stream()
                        .map(CancelView::of)
                        .toList();
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
    public List<PinLine> pins() {
        return survey.pins();
    }

    @Override
    public List<RouteLine> routes() {
        return premises.directions().rows();
    }

    @Override
    public List<WayLine> ways() {
        return ways.lines(survey, System.nanoTime());
    }

    @Override
    public List<PauseLine> pauses() {
        long now = System.nanoTime();
        return Stream.concat(
                        premises.steering().halting().all().stream().map(halt -> pause(halt, now)),
                        premises.holding().lasts(now).stream().mapToObj(this::hold))
                .toList();
    }

    private PauseLine hold(long nanos) {
        return new PauseLine(
                Database.ANY,
                "held",
                "the cluster",
                "the end of the switchover",
                survey.pools().stream().mapToInt(PoolView::underWay).sum(),
                TimeUnit.NANOSECONDS.toSeconds(nanos));
    }

    private PauseLine pause(Halts.Named named, long now) {
        Halts.Halt halt = named.order();
        Optional<String> only = named.database();
        int inUse = servers(pool -> only.isEmpty() || pool.name().database().equals(only.get()));
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
        return survey.hosts();
    }

    @Override
    public Condition condition() {
        return premises.steering().halting().condition();
    }

    @Override
    public List<MemoryLine> memory() {
        return List.of(
                new MemoryLine("client_cache", 1, premises.crowd().all(), 0),
                new MemoryLine("pool_cache", 1, survey.pools().size(), 0));
    }
}
