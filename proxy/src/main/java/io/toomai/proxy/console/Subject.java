package io.toomai.proxy.console;

import static io.toomai.proxy.console.Column.bigint;
import static io.toomai.proxy.console.Column.bytes;
import static io.toomai.proxy.console.Column.integer;
import static io.toomai.proxy.console.Column.numeric;
import static io.toomai.proxy.console.Column.text;

import io.toomai.proxy.console.Lookout.Detail;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// What SHOW can show, with PgBouncer's columns in PgBouncer's order. Dashboards and exporters read
/// them by name and type, so a column of ours stands in a table of ours.
public enum Subject {
    ACTIVE_SOCKETS(Stream.concat(Columns.socket(), Columns.buffer())),
    CLIENTS(Columns.socket()),
    CONFIG(text("key", "value", "default", "changeable")),
    DATABASES(
            text("name", "host"),
            integer("port"),
            text("database", "force_user"),
            integer("pool_size", "min_pool_size", "reserve_pool_size", "server_lifetime"),
            text("pool_mode", "load_balance_hosts"),
            integer(
                    "max_connections",
                    "current_connections",
                    "max_client_connections",
                    "current_client_connections",
                    "paused",
                    "disabled")),
    DNS_HOSTS(text("hostname"), bigint("ttl"), text("addrs")),
    DNS_ZONES(text("zonename"), bigint("serial"), integer("count")),
    FDS(
            integer("fd"),
            text("task", "user", "database", "addr"),
            integer("port"),
            bigint("cancel"),
            integer("link"),
            text("client_encoding", "std_strings", "datestyle", "timezone", "password"),
            bytes("scram_client_key", "scram_server_key")),
    /// Comes as a notice, not as a table.
    HELP,
    LISTS(text("list"), integer("items")),
    MEM(text("name"), integer("size", "used", "free", "memtotal")),
    /// Ours: who stopped what, since when, and what a PAUSE still waits for.
    PAUSES(text("database", "state", "owner", "ends"), integer("servers_in_use", "seconds")),
    PEERS(integer("peer_id"), text("host"), integer("port", "pool_size")),
    PEER_POOLS(
            integer(
                    "peer_id",
                    "cl_active_cancel_req",
                    "cl_waiting_cancel_req",
                    "sv_active_cancel",
                    "sv_login")),
    /// Ours: the clients that keep a server, and why.
    PINS(
            integer("id"),
            text("database", "user", "addr"),
            integer("port"),
            text("member"),
            integer("remote_pid"),
            text("reason", "why"),
            integer("seconds")),
    POOLS(
            text("database", "user"),
            integer(
                    "cl_active",
                    "cl_waiting",
                    "cl_active_cancel_req",
                    "cl_waiting_cancel_req",
                    "sv_active",
                    "sv_active_cancel",
                    "sv_being_canceled",
                    "sv_idle",
                    "sv_used",
                    "sv_tested",
                    "sv_login",
                    "maxwait",
                    "maxwait_us"),
            text("pool_mode", "load_balance_hosts")),
    /// Ours: the members of the cluster that clients are led to.
    ROUTES(
            text("member", "host"),
            integer("port"),
            text("role", "state", "duty"),
            bigint("lag"),
            integer("connections")),
    SERVERS(Columns.socket()),
    SOCKETS(Stream.concat(Columns.socket(), Columns.buffer())),
    STATE(text("key", "value")),
    STATS(text("database"), Columns.counters("total_"), Columns.counters("avg_")),
    STATS_AVERAGES(text("database"), Columns.averages()),
    STATS_TOTALS(text("database"), Columns.totals()),
    TOTALS(text("name"), numeric("value")),
    USERS(
            text("name", "pool_size", "reserve_pool_size", "pool_mode"),
            integer(
                    "max_user_connections",
                    "current_connections",
                    "max_user_client_connections",
                    "current_client_connections")),
    VERSION(text("version"));

    @SuppressWarnings("ImmutableEnumChecker") // made by toList()
    private final List<Column> columns;

    @SafeVarargs
    @SuppressWarnings("varargs") // only read
    Subject(Stream<Column>... columns) {
        this.columns = Arrays.stream(columns).flatMap(group -> group).toList();
    }

    public List<Column> columns() {
        return columns;
    }

    /// How much its rows are made of.
    Detail detail() {
        return switch (this) {
            case CLIENTS, SERVERS, SOCKETS, ACTIVE_SOCKETS -> Detail.CONNECTIONS;
            case PINS -> Detail.LATENCIES;
            default -> Detail.NUMBERS;
        };
    }

    Right needs() {
        return this == FDS ? Right.ADMIN : Right.STATS;
    }

    static Optional<Subject> of(String word) {
        String upper = word.toUpperCase(Locale.ROOT);
        return Arrays.stream(values()).filter(subject -> subject.name().equals(upper)).findFirst();
    }

    /// Groups of columns that several tables have.
    private static final class Columns {
        static Stream<Column> socket() {
            return Stream.of(
                            text("type", "user", "database", "replication", "state", "addr"),
                            integer("port"),
                            text("local_addr"),
                            integer("local_port"),
                            text("connect_time", "request_time"),
                            integer("wait", "wait_us", "close_needed"),
                            text("ptr", "link"),
                            integer("remote_pid"),
                            text("tls", "application_name"),
                            integer("prepared_statements", "id"))
                    .flatMap(group -> group);
        }

        static Stream<Column> buffer() {
            return integer(
                    "recv_pos",
                    "pkt_pos",
                    "pkt_remain",
                    "send_pos",
                    "send_remain",
                    "pkt_avail",
                    "send_avail");
        }

        static Stream<Column> counters(String prefix) {
            String in = prefix.equals("avg_") ? "recv" : "received";
            return Stream.of(
                            "server_assignment_count",
                            "xact_count",
                            "query_count",
                            in,
                            "sent",
                            "xact_time",
                            "query_time",
                            "wait_time",
                            "client_parse_count",
                            "server_parse_count",
                            "bind_count",
                            "client_login_count")
                    .flatMap(name -> numeric(prefix + name));
        }

        static Stream<Column> totals() {
            return Stream.concat(
                    timesAndBytes(),
                    numeric(
                            "client_parse_count",
                            "server_parse_count",
                            "bind_count",
                            "client_login_count"));
        }

        /// The last ones carry the prefix there, too.
        static Stream<Column> averages() {
            return Stream.concat(
                    timesAndBytes(),
                    numeric(
                            "avg_client_parse_count",
                            "avg_server_parse_count",
                            "avg_bind_count",
                            "avg_client_login_count"));
        }

        private static Stream<Column> timesAndBytes() {
            return numeric(
                    "server_assignment_count",
                    "xact_count",
                    "query_count",
                    "bytes_received",
                    "bytes_sent",
                    "xact_time",
                    "query_time",
                    "wait_time");
        }
    }
}
