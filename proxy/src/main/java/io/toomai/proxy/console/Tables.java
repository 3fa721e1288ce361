package io.toomai.proxy.console;

import io.toomai.proxy.console.Overview.Changeable;
import io.toomai.proxy.console.Overview.Closing;
import io.toomai.proxy.console.Overview.Condition;
import io.toomai.proxy.console.Overview.DatabaseLine;
import io.toomai.proxy.console.Overview.DatabaseNumbers;
import io.toomai.proxy.console.Overview.HostLine;
import io.toomai.proxy.console.Overview.MemoryLine;
import io.toomai.proxy.console.Overview.PauseLine;
import io.toomai.proxy.console.Overview.PeerLine;
import io.toomai.proxy.console.Overview.PinLine;
import io.toomai.proxy.console.Overview.PoolLine;
import io.toomai.proxy.console.Overview.RouteLine;
import io.toomai.proxy.console.Overview.Service;
import io.toomai.proxy.console.Overview.Side;
import io.toomai.proxy.console.Overview.SocketLine;
import io.toomai.proxy.console.Overview.TrafficLine;
import io.toomai.proxy.console.Overview.UserLine;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/// What is seen of a proxy as PgBouncer's tables.
final class Tables {
    /// In the order of `SHOW STATS`.
    private static final int TRANSACTIONS = 1;

    private static final int QUERIES = 2;
    private static final int TRANSACTION_TIME = 5;
    private static final int QUERY_TIME = 6;

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private final Overview overview;

    Tables(Overview overview) {
        this.overview = overview;
    }

    Table of(Subject subject) {
        return new Table(subject.columns(), rows(subject));
    }

    private List<Row> rows(Subject subject) {
        return switch (subject) {
            case CLIENTS -> rows(overview.clients(), line -> socket(line, line.state()));
            case SERVERS -> rows(overview.servers(), line -> socket(line, line.state()));
            case SOCKETS, ACTIVE_SOCKETS -> sockets();
            case CONFIG ->
                    rows(
                            overview.settings(),
                            line ->
                                    Row.of(
                                            line.name(),
                                            line.value(),
                                            line.byDefault(),
                                            line.changeable() == Changeable.YES ? "yes" : "no"));
            case DATABASES -> rows(overview.databases(), Tables::database);
            case DNS_HOSTS -> rows(overview.hosts(), Tables::host);
            // Neither zones are watched, nor can descriptors be handed to another process.
            case DNS_ZONES, FDS, HELP -> List.of();
            case LISTS -> lists();
            case MEM -> rows(overview.memory(), Tables::memory);
            case PAUSES -> rows(overview.pauses(), Tables::pause);
            case PEERS -> rows(overview.peers(), Tables::peer);
            case PEER_POOLS -> rows(overview.peers(), Tables::peerPool);
            case PINS -> rows(overview.pins(), Tables::pin);
            case POOLS -> rows(overview.pools(), Tables::pool);
            case ROUTES -> rows(overview.routes(), Tables::route);
            case STATE -> state();
            case STATS ->
                    rows(
                            overview.traffic(),
                            line ->
                                    Row.of(line.database())
                                            .number(line.total().inOrder())
                                            .number(line.average().inOrder()));
            case STATS_AVERAGES ->
                    rows(
                            overview.traffic(),
                            line -> Row.of(line.database()).number(line.average().inOrder()));
            case STATS_TOTALS ->
                    rows(
                            overview.traffic(),
                            line -> Row.of(line.database()).number(line.total().inOrder()));
            case TOTALS -> totals();
            case USERS -> rows(overview.users(), Tables::user);
            case VERSION -> List.of(Row.of("PgBouncer " + Console.VERSION));
        };
    }

    private static <T> List<Row> rows(List<T> lines, Function<T, Row> row) {
        return lines.stream().map(row).toList();
    }

    // ---- connections

    private List<Row> sockets() {
        return Stream.of(
                        overview.clients().stream().map(line -> buffered(line, "cl_")),
                        overview.servers().stream().map(line -> buffered(line, "sv_")),
                        overview.logins().stream().map(line -> buffered(line, "cl_")))
                .flatMap(rows -> rows)
                .toList();
    }

    /// The positions in buffers are PgBouncer's own; ours have none between two reads.
    private static Row buffered(SocketLine line, String prefix) {
        return socket(line, prefix + line.state()).number(0, 0, 0, 0, 0, 0, 0);
    }

    private static Row socket(SocketLine line, String state) {
        return Row.of(
                        line.side() == Side.CLIENT ? "C" : "S",
                        line.user(),
                        line.database(),
                        line.replication(),
                        state,
                        line.remote().host())
                .number(line.remote().port())
                .text(line.local().host())
                .number(line.local().port())
                .text(time(line.connected()))
                .text(time(line.requested()))
                .number(line.waited() / 1_000_000, line.waited() % 1_000_000)
                .number(line.closing() == Closing.WHEN_FREE ? 1 : 0)
                .text(pointer(line.side(), line.id()))
                .text(line.link().map(id -> pointer(other(line.side()), id)).orElse(""))
                .number(line.process())
                .text(line.tls())
                .text(line.applicationName())
                .number(line.preparedStatements(), line.id());
    }

    private static String time(Instant at) {
        return TIME.format(at);
    }

    /// `link` of a row is `ptr` of another.
    private static String pointer(Side side, long id) {
        return (side == Side.CLIENT ? "C" : "S") + "-0x" + Long.toHexString(id);
    }

    private static Side other(Side side) {
        return side == Side.CLIENT ? Side.SERVER : Side.CLIENT;
    }

    // ---- pools, databases, users

    private static Row pool(PoolLine line) {
        return Row.of(line.database(), line.user())
                .number(line.clients().active(), line.clients().waiting())
                .number(line.clients().activeCancels(), line.clients().waitingCancels())
                .number(line.servers().active(), line.servers().cancels())
                .number(line.servers().beingCanceled(), line.servers().idle())
                .number(line.servers().used(), line.servers().tested(), line.servers().login())
                .number(line.maxWait() / 1_000_000, line.maxWait() % 1_000_000)
                .text(line.poolMode())
                .text(line.balance());
    }

    private static Row database(DatabaseLine line) {
        DatabaseNumbers numbers = line.numbers();
        Service service = line.service();
        return Row.of(line.name())
                .text(line.host())
                .number(line.port())
                .text(line.database())
                .text(line.forcedUser())
                .number(numbers.poolSize(), numbers.minPoolSize(), numbers.reservePoolSize())
                .number(numbers.serverLifetime())
                .text(line.poolMode())
                .text(line.balance())
                .number(numbers.maxConnections(), numbers.connections())
                .number(numbers.maxClientConnections(), numbers.clientConnections())
                .number(service.isPaused() ? 1 : 0, service.isDisabled() ? 1 : 0);
    }

    private static Row user(UserLine line) {
        return Row.of(line.name())
                .text(line.poolSize().map(Tables::padded).orElse(""))
                .text(line.reservePoolSize().map(Tables::padded).orElse(""))
                .text(line.poolMode())
                .number(line.maxConnections(), line.connections())
                .number(line.maxClientConnections(), line.clientConnections());
    }

    /// PgBouncer writes these two so, and text they are.
    private static String padded(int number) {
        return String.format(Locale.ROOT, "%9d", number);
    }

    private static Row peer(PeerLine line) {
        return new Row().number(line.id()).text(line.host()).number(line.port(), line.poolSize());
    }

    private static Row peerPool(PeerLine line) {
        return new Row()
                .number(line.id(), line.clients().activeCancels())
                .number(line.clients().waitingCancels(), line.cancels(), 0);
    }

    private static Row pause(PauseLine line) {
        return Row.of(line.database(), line.state(), line.owner(), line.ends())
                .number(line.serversInUse(), line.seconds());
    }

    private static Row pin(PinLine line) {
        return new Row()
                .number(line.client())
                .text(line.database())
                .text(line.user())
                .text(line.remote().host())
                .number(line.remote().port())
                .text(line.member())
                .number(line.process())
                .text(line.reason().word())
                .text(line.why())
                .number(line.seconds());
    }

    private static Row route(RouteLine line) {
        return Row.of(line.member(), line.host())
                .number(line.port())
                .text(line.role())
                .text(line.state())
                .text(line.duty())
                .number(line.lag(), line.connections());
    }

    // ---- the whole

    private List<Row> lists() {
        int databases = overview.databases().size();
        int clients = overview.clientCount();
        int logins = overview.logins().size();
        int peers = overview.peers().size();
        int servers = overview.pools().stream().mapToInt(line -> line.servers().all()).sum();
        return List.of(
                count("databases", databases),
                count("users", overview.users().size()),
                count("peers", peers),
                count("pools", overview.pools().size()),
                count("peer_pools", peers),
                // Nothing is kept ready for connections that are not there.
                count("free_clients", 0),
                count("used_clients", clients + logins),
                count("login_clients", logins),
                count("free_servers", 0),
                count("used_servers", servers),
                count("dns_names", overview.hosts().size()),
                count("dns_zones", 0),
                count("dns_queries", 0),
                count("dns_pending", 0));
    }

    private static Row count(String name, long number) {
        return Row.of(name).number(number);
    }

    private List<Row> state() {
        Condition condition = overview.condition();
        return List.of(
                Row.of("active", yes(condition == Condition.ACTIVE)),
                Row.of("paused", yes(condition == Condition.PAUSED)),
                Row.of("suspended", yes(condition == Condition.SUSPENDED)));
    }

    private static String yes(boolean holds) {
        return holds ? "yes" : "no";
    }

    private static Row host(HostLine line) {
        return Row.of(line.name()).number(line.seconds()).text(String.join(",", line.addresses()));
    }

    private static Row memory(MemoryLine line) {
        return Row.of(line.name())
                .number(line.size(), line.used(), line.free())
                .number((line.used() + line.free()) * line.size());
    }

    private List<Row> totals() {
        List<String> names =
                List.of(
                        "server_assignment_count",
                        "xact_count",
                        "query_count",
                        "client_bytes",
                        "server_bytes",
                        "xact_time",
                        "query_time",
                        "wait_time",
                        "ps_client_parse_count",
                        "ps_server_parse_count",
                        "ps_bind_count",
                        "client_login_count");
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            int column = i;
            rows.add(count("total_" + names.get(i), sum(line -> line.total().inOrder()[column])));
        }
        for (int i = 0; i < names.size(); i++) {
            int column = i;
            rows.add(count("avg_" + names.get(i), average(column)));
        }
        return rows;
    }

    /// What one transaction or query takes is the mean of all of them; the rest is so much in all.
    private long average(int column) {
        return switch (column) {
            case TRANSACTION_TIME -> weighted(column, TRANSACTIONS);
            case QUERY_TIME -> weighted(column, QUERIES);
            default -> sum(line -> line.average().inOrder()[column]);
        };
    }

    private long weighted(int column, int by) {
        long weight = sum(line -> line.average().inOrder()[by]);
        long all = sum(line -> line.average().inOrder()[column] * line.average().inOrder()[by]);
        return weight == 0 ? 0 : all / weight;
    }

    private long sum(ToLongFunction<TrafficLine> column) {
        return overview.traffic().stream().mapToLong(column).sum();
    }
}
