package io.toomai.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.console.Picture;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The names and labels on which dashboards made for pgbouncer_exporter rest.
class MetricsPageTest {
    private static final List<String> NAMES =
            List.of(
                    "pgbouncer_up",
                    "pgbouncer_version_info",
                    "pgbouncer_databases",
                    "pgbouncer_users",
                    "pgbouncer_pools",
                    "pgbouncer_free_clients",
                    "pgbouncer_used_clients",
                    "pgbouncer_login_clients",
                    "pgbouncer_free_servers",
                    "pgbouncer_used_servers",
                    "pgbouncer_cached_dns_names",
                    "pgbouncer_cached_dns_zones",
                    "pgbouncer_in_flight_dns_queries",
                    "pgbouncer_config_max_client_connections",
                    "pgbouncer_config_max_user_connections",
                    "pgbouncer_client_connections",
                    "pgbouncer_databases_pool_size",
                    "pgbouncer_databases_reserve_pool",
                    "pgbouncer_databases_max_connections",
                    "pgbouncer_databases_current_connections",
                    "pgbouncer_databases_paused",
                    "pgbouncer_databases_disabled",
                    "pgbouncer_stats_queries_pooled_total",
                    "pgbouncer_stats_queries_duration_seconds_total",
                    "pgbouncer_stats_received_bytes_total",
                    "pgbouncer_stats_sent_bytes_total",
                    "pgbouncer_stats_client_wait_seconds_total",
                    "pgbouncer_stats_sql_transactions_pooled_total",
                    "pgbouncer_stats_server_in_transaction_seconds_total",
                    "pgbouncer_stats_client_parses_total",
                    "pgbouncer_stats_server_parses_total",
                    "pgbouncer_stats_binds_total",
                    "pgbouncer_stats_server_assignments_total",
                    "pgbouncer_pools_client_active_connections",
                    "pgbouncer_pools_client_waiting_connections",
                    "pgbouncer_pools_client_active_cancel_connections",
                    "pgbouncer_pools_client_waiting_cancel_connections",
                    "pgbouncer_pools_server_active_connections",
                    "pgbouncer_pools_server_active_cancel_connections",
                    "pgbouncer_pools_server_being_canceled_connections",
                    "pgbouncer_pools_server_idle_connections",
                    "pgbouncer_pools_server_used_connections",
                    "pgbouncer_pools_server_testing_connections",
                    "pgbouncer_pools_server_login_connections",
                    "pgbouncer_pools_client_maxwait_seconds");

    private final String page = MetricsPage.of(new Picture());

    @Test
    void everyNameOfTheExporterIsThereOnceWithItsType() {
        for (String name : NAMES) {
            assertThat(page).containsOnlyOnce("# HELP " + name + " ");
            assertThat(page).containsOnlyOnce("# TYPE " + name + " ");
        }
    }

    @Test
    void valuesHaveTheExportersLabelsAndUnits() {
        assertThat(page.lines())
                .contains(
                        "pgbouncer_up 1",
                        "pgbouncer_client_connections{database=\"shop\",user=\"ann\","
                                + "application_name=\"psql\",state=\"active\"} 3",
                        "pgbouncer_version_info{version=\"PgBouncer 1.25.2\"} 1",
                        "pgbouncer_databases_pool_size{name=\"shop\",host=\"10.0.0.1,10.0.0.2\","
                                + "port=\"5432\",database=\"shopdb\",force_user=\"\","
                                + "pool_mode=\"transaction\"} 20",
                        "pgbouncer_databases_paused{name=\"shop\",host=\"10.0.0.1,10.0.0.2\","
                                + "port=\"5432\",database=\"shopdb\",force_user=\"\","
                                + "pool_mode=\"transaction\"} 1",
                        "pgbouncer_stats_queries_pooled_total{database=\"shop\"} 3",
                        "pgbouncer_stats_queries_duration_seconds_total{database=\"shop\"} 7.0E-6",
                        "pgbouncer_pools_client_waiting_connections{database=\"shop\","
                                + "user=\"ann\"} 2",
                        "pgbouncer_pools_client_maxwait_seconds{database=\"shop\",user=\"ann\"}"
                                + " 2.500001");
    }

    @Test
    void whoListensIsCounted() {
        assertThat(page.lines())
                .contains(
                        "toomai_proxy_listening_clients{database=\"shop\",user=\"ann\"} 2",
                        "toomai_proxy_listening_connections{database=\"shop\",user=\"ann\"} 1");
    }

    @Test
    void whoKeepsAServerIsCountedByTheReason() {
        assertThat(page.lines())
                .contains(
                        "# TYPE toomai_proxy_pinned_clients gauge",
                        "toomai_proxy_pinned_clients{database=\"shop\",user=\"ann\","
                                + "reason=\"idle_transaction\"} 1",
                        "toomai_proxy_pinned_clients{database=\"shop\",user=\"ann\","
                                + "reason=\"session\"} 2");
    }

    @Test
    void percentilesAreAdded() {
        assertThat(page.lines())
                .contains(
                        "# TYPE toomai_proxy_query_duration_seconds summary",
                        "toomai_proxy_query_duration_seconds{database=\"shop\",user=\"ann\","
                                + "quantile=\"0.99\"} 0.012",
                        "toomai_proxy_query_duration_seconds_sum{database=\"shop\",user=\"ann\"} 5",
                        "toomai_proxy_query_duration_seconds_count{database=\"shop\","
                                + "user=\"ann\"} 4000");
    }
}
