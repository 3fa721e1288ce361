package io.toomai.proxy.metrics;

import io.toomai.proxy.console.Console;
import io.toomai.proxy.console.Overview;
import io.toomai.proxy.console.Overview.Alike;
import io.toomai.proxy.console.Overview.DatabaseLine;
import io.toomai.proxy.console.Overview.LatencyLine;
import io.toomai.proxy.console.Overview.PinLine;
import io.toomai.proxy.console.Overview.PoolLine;
import io.toomai.proxy.console.Overview.SettingLine;
import io.toomai.proxy.console.Overview.TrafficLine;
import io.toomai.proxy.metrics.Exposition.Kind;
import io.toomai.proxy.metrics.Exposition.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// A page of metrics: what `pgbouncer_exporter` would make of the console's tables, so that its
/// dashboards and alarms go on, and percentiles, which PgBouncer has not.
public final class MetricsPage {
    private static final double MICROS = 1e6;

    private final Exposition out = new Exposition();
    private final Overview overview;

    private MetricsPage(Overview overview) {
        this.overview = overview;
    }

    public static String of(Overview overview) {
        MetricsPage page = new MetricsPage(overview);
        page.whole();
        page.clients();
        page.databases();
        page.traffic();
        page.pools();
        page.listening();
        page.pins();
        page.latencies();
        return page.out.toString();
    }

    private void whole() {
        out.single("pgbouncer_up", Kind.GAUGE, "The pgbouncer scrape succeeded", 1);
        out.family(
                "pgbouncer_version_info",
                Kind.GAUGE,
                "The pgbouncer version info",
                List.of(new Sample(Map.of("version", "PgBouncer " + Console.VERSION), 1)));
        int logins = overview.logins().size();
        gauge("pgbouncer_databases", "Count of databases", overview.databases().size());
        gauge("pgbouncer_users", "Count of users", overview.users().size());
        gauge("pgbouncer_pools", "Count of pools", overview.pools().size());
        gauge("pgbouncer_free_clients", "Count of free clients", 0);
        gauge("pgbouncer_used_clients", "Count of used clients", overview.clientCount() + logins);
        gauge("pgbouncer_login_clients", "Count of clients in login state", logins);
        gauge("pgbouncer_free_servers", "Count of free servers", 0);
        gauge("pgbouncer_used_servers", "Count of used servers", overview.serverCount());
        gauge(
                "pgbouncer_cached_dns_names",
                "Count of DNS names in the cache",
                overview.hosts().size());
        gauge("pgbouncer_cached_dns_zones", "Count of DNS zones in the cache", 0);
        gauge("pgbouncer_in_flight_dns_queries", "Count of in-flight DNS queries", 0);
        gauge(
                "pgbouncer_config_max_client_connections",
                "Config maximum number of client connections",
                setting("max_client_conn"));
        gauge(
                "pgbouncer_config_max_user_connections",
                "Config maximum number of server connections per user",
                setting("max_user_connections"));
    }

    /// What clients call themselves is theirs to choose, so there may be as many as clients.
    private void clients() {
        out.family(
                "pgbouncer_client_connections",
                Kind.GAUGE,
                "Current number of client connections by database, user, application name and"
                        + " state",
                overview.clientsAlike().entrySet().stream()
                        .map(each -> new Sample(labels(each.getKey()), each.getValue()))
                        .toList());
    }

    private static Map<String, String> labels(Alike clients) {
        Map<String, String> labels = labels(clients.database(), clients.user());
        labels.put("application_name", clients.applicationName());
        labels.put("state", clients.state());
        return labels;
    }

    private void gauge(String name, String help, double value) {
        out.single(name, Kind.GAUGE, help, value);
    }

    private double setting(String name) {
        return overview.settings().stream()
                .filter(line -> line.name().equals(name))
                .map(SettingLine::value)
                .mapToDouble(Double::parseDouble)
                .findFirst()
                .orElse(0);
    }

    // ---- databases

    private void databases() {
        database(
                "pool_size",
                "Maximum number of server connections",
                line -> line.numbers().poolSize());
        database(
                "reserve_pool",
                "Maximum number of additional connections for this database",
                line -> line.numbers().reservePoolSize());
        database(
                "max_connections",
                "Maximum number of allowed connections for this database",
                line -> line.numbers().maxConnections());
        database(
                "current_connections",
                "Current number of connections for this database",
                line -> line.numbers().connections());
        database(
                "paused",
                "1 if this database is currently paused, else 0",
                line -> line.service().isPaused() ? 1 : 0);
        database(
                "disabled",
                "1 if this database is currently disabled, else 0",
                line -> line.service().isDisabled() ? 1 : 0);
    }

    private void database(String name, String help, ToDoubleFunction<DatabaseLine> value) {
        out.family(
                "pgbouncer_databases_" + name,
                Kind.GAUGE,
                help,
                overview.databases().stream()
                        .map(line -> new Sample(labels(line), value.applyAsDouble(line)))
                        .toList());
    }

    private static Map<String, String> labels(DatabaseLine line) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("name", line.name());
        labels.put("host", line.host().orElse(""));
        labels.put("port", Integer.toString(line.port()));
        labels.put("database", line.database());
        labels.put("force_user", line.forcedUser().orElse(""));
        labels.put("pool_mode", line.poolMode().orElse(""));
        return labels;
    }

    // ---- traffic

    private void traffic() {
        traffic(
                "queries_pooled_total",
                "Total number of SQL queries pooled",
                line -> line.total().queries());
        traffic(
                "queries_duration_seconds_total",
                "Total number of seconds spent by pgbouncer when actively connected to PostgreSQL,"
                        + " executing queries",
                line -> line.total().queryTime() / MICROS);
        traffic(
                "received_bytes_total",
                "Total volume in bytes of network traffic received by pgbouncer, shown as bytes",
                line -> line.total().received());
        traffic(
                "sent_bytes_total",
                "Total volume in bytes of network traffic sent by pgbouncer, shown as bytes",
                line -> line.total().sent());
        traffic(
                "client_wait_seconds_total",
                "Time spent by clients waiting for a server in seconds",
                line -> line.total().waitTime() / MICROS);
        traffic(
                "sql_transactions_pooled_total",
                "Total number of SQL transactions pooled",
                line -> line.total().transactions());
        traffic(
                "server_in_transaction_seconds_total",
                "Total number of seconds spent by pgbouncer when connected to PostgreSQL in a"
                        + " transaction, either idle in transaction or executing queries",
                line -> line.total().transactionTime() / MICROS);
        traffic(
                "client_parses_total",
                "Total number of prepared statement Parse messages received from clients",
                line -> line.total().clientParses());
        traffic(
                "server_parses_total",
                "Total number of prepared statement Parse messages sent by pgbouncer to PostgreSQL",
                line -> line.total().serverParses());
        traffic(
                "binds_total",
                "Total number of prepared statements readied for execution with a Bind message",
                line -> line.total().binds());
        traffic(
                "server_assignments_total",
                "Total number of times a server was assigned to a client",
                line -> line.total().assignments());
    }

    private void traffic(String name, String help, ToDoubleFunction<TrafficLine> value) {
        out.family(
                "pgbouncer_stats_" + name,
                Kind.COUNTER,
                help,
                overview.traffic().stream()
                        .map(line ->
                                new Sample(
                                        Map.of("database", line.database()),
                                        value.applyAsDouble(line)))
                        .toList());
    }

    // ---- pools

    private void pools() {
        pool(
                "client_active_connections",
                "Client connections linked to server connection and able to process queries, shown"
                        + " as connection",
                line -> line.clients().active());
        pool(
                "client_waiting_connections",
                "Client connections waiting on a server connection, shown as connection",
                line -> line.clients().waiting());
        pool(
                "client_active_cancel_connections",
                "Client connections that have forwarded query cancellations to the server and are"
                        + " waiting for the server response",
                line -> line.clients().activeCancels());
        pool(
                "client_waiting_cancel_connections",
                "Client connections that have not forwarded query cancellations to the server yet",
                line -> line.clients().waitingCancels());
        pool(
                "server_active_connections",
                "Server connections linked to a client connection, shown as connection",
                line -> line.servers().active());
        pool(
                "server_active_cancel_connections",
                "Server connections that are currently forwarding a cancel request.",
                line -> line.servers().cancels());
        pool(
                "server_being_canceled_connections",
                "Servers that wait for cancel requests to be done before they become idle.",
                line -> line.servers().beingCanceled());
        pool(
                "server_idle_connections",
                "Server connections idle and ready for a client query, shown as connection",
                line -> line.servers().idle());
        pool(
                "server_used_connections",
                "Server connections idle more than server_check_delay, needing server_check_query,"
                        + " shown as connection",
                line -> line.servers().used());
        pool(
                "server_testing_connections",
                "Server connections currently running either server_reset_query or"
                        + " server_check_query, shown as connection",
                line -> line.servers().tested());
        pool(
                "server_login_connections",
                "Server connections currently in the process of logging in, shown as connection",
                line -> line.servers().login());
        pool(
                "client_maxwait_seconds",
                "Age of oldest unserved client connection, shown as second",
                line -> line.maxWait() / MICROS);
    }

    private void pool(String name, String help, ToDoubleFunction<PoolLine> value) {
        perPool("pgbouncer_pools_" + name, help, value);
    }

    private void perPool(String name, String help, ToDoubleFunction<PoolLine> value) {
        out.family(
                name,
                Kind.GAUGE,
                help,
                overview.pools().stream()
                        .map(line ->
                                new Sample(
                                        labels(line.database(), line.user()),
                                        value.applyAsDouble(line)))
                        .toList());
    }

    private static Map<String, String> labels(String database, String user) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("database", database);
        labels.put("user", user);
        return labels;
    }

    // ---- notifications

    private void listening() {
        perPool(
                "toomai_proxy_listening_clients",
                "Clients that listen to notifications.",
                line -> line.listening().clients());
        perPool(
                "toomai_proxy_listening_connections",
                "Connections that listen for clients.",
                line -> line.listening().connections());
    }

    // ---- who keeps a server

    private void pins() {
        Map<Map<String, String>, Integer> counts = new LinkedHashMap<>();
        for (PinLine line : overview.pins()) {
            Map<String, String> labels = labels(line.database(), line.user());
            labels.put("reason", line.reason().word());
            counts.merge(labels, 1, Integer::sum);
        }
        out.family(
                "toomai_proxy_pinned_clients",
                Kind.GAUGE,
                "Clients that keep a server connection, by the reason.",
                counts.entrySet().stream()
                        .map(each -> new Sample(each.getKey(), each.getValue()))
                        .toList());
    }

    // ---- percentiles

    private void latencies() {
        Map<String, List<Sample>> families = new LinkedHashMap<>();
        for (LatencyLine line : overview.latencies()) {
            List<Sample> samples =
                    families.computeIfAbsent(line.of().word(), _ -> new ArrayList<>());
            Map<String, String> labels = labels(line.database(), line.user());
            line.quantiles()
                    .forEach((quantile, micros) -> {
                        Map<String, String> more = new LinkedHashMap<>(labels);
                        more.put("quantile", quantile);
                        samples.add(new Sample(more, micros / MICROS));
                    });
            samples.add(new Sample("_sum", labels, line.sum() / MICROS));
            samples.add(new Sample("_count", labels, line.count()));
        }
        families.forEach((word, samples) ->
                out.family(
                        "toomai_proxy_" + word + "_seconds",
                        Kind.SUMMARY,
                        "How long it takes, since the start, to within an eighth.",
                        samples));
    }
}
