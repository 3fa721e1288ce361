package io.toomai.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.toomai.proxy.config.PgBouncerFile.Result.Loaded;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What holds where a file says nothing.
class DefaultsTest {
    /// PgBouncer's own, from its source. A value that it leaves unset is an empty one here.
    private static final String PGBOUNCERS =
            """
            listen_addr =
            listen_port = 6432
            listen_backlog = 128
            so_reuseport = 0
            unix_socket_dir = /tmp
            unix_socket_mode = 0777
            unix_socket_group =
            user =
            pidfile =
            peer_id = 0
            resolv_conf =
            job_name = pgbouncer
            service_name = pgbouncer
            pool_mode = session
            max_client_conn = 100
            default_pool_size = 20
            min_pool_size = 0
            reserve_pool_size = 0
            reserve_pool_timeout = 5
            max_db_connections = 0
            max_user_connections = 0
            max_db_client_connections = 0
            max_user_client_connections = 0
            server_round_robin = 0
            server_fast_close = 0
            max_prepared_statements = 200
            autodb_idle_timeout = 3600
            pool_idle_timeout = 0
            stats_period = 60
            server_reset_query = DISCARD ALL
            server_reset_query_always = 0
            server_check_query = <empty>
            server_check_delay = 30
            track_extra_parameters = IntervalStyle
            ignore_startup_parameters =
            application_name_add_host = 0
            disable_pqexec = 0
            login_notify_message =
            query_timeout = 0
            query_wait_timeout = 120
            query_wait_notify = 5
            cancel_wait_timeout = 10
            client_idle_timeout = 0
            client_login_timeout = 60
            idle_transaction_timeout = 0
            transaction_timeout = 0
            server_connect_timeout = 15
            server_login_retry = 15
            server_idle_timeout = 600
            server_lifetime = 3600
            suspend_timeout = 10
            auth_type = md5
            auth_file =
            auth_hba_file =
            auth_ident_file =
            auth_user =
            auth_dbname =
            auth_query = SELECT rolname, CASE WHEN rolvaliduntil < now() THEN NULL ELSE rolpassword END \
            FROM pg_authid WHERE rolname=$1 AND rolcanlogin
            auth_ldap_options =
            scram_iterations = 4096
            admin_users =
            stats_users =
            client_tls_sslmode = disable
            client_tls_key_file =
            client_tls_cert_file =
            client_tls_ca_file =
            client_tls_protocols = secure
            client_tls_ciphers = default
            client_tls13_ciphers =
            client_tls_dheparams = auto
            client_tls_ecdhcurve = auto
            server_tls_sslmode = prefer
            server_tls_key_file =
            server_tls_cert_file =
            server_tls_ca_file =
            server_tls_protocols = secure
            server_tls_ciphers = default
            server_tls13_ciphers =
            pkt_buf = 4096
            sbuf_loopcnt = 5
            max_packet_size = 2147483647
            tcp_defer_accept = 1
            tcp_socket_buffer = 0
            tcp_keepalive = 1
            tcp_keepcnt = 0
            tcp_keepidle = 0
            tcp_keepintvl = 0
            tcp_user_timeout = 0
            dns_max_ttl = 15
            dns_nxdomain_ttl = 15
            dns_zone_check_period = 0
            logfile =
            syslog = 0
            syslog_ident = pgbouncer
            syslog_facility = daemon
            log_connections = 1
            log_disconnections = 1
            log_pooler_errors = 1
            log_stats = 1
            verbose = 0
            """;

    private static final Set<String> OURS =
            Set.of(
                    "causal_reads_timeout",
                    "event_loops",
                    "listen_notify",
                    "max_waiting_clients",
                    "metrics_addr",
                    "metrics_port",
                    "pause_owner",
                    "proxy_protocol_networks",
                    "query_timeout_action",
                    "server_tls_negotiation",
                    "transport",
                    "unconfirmed_commit");

    @Test
    void eachSettingOfPgbouncersHasItsDefault(@TempDir Path folder) throws Exception {
        Map<String, String> expected = new LinkedHashMap<>();
        PGBOUNCERS
                .lines()
                .map(line -> line.split(" =", 2))
                .forEach(row -> expected.put(row[0], row[1].strip()));
        Path empty = Files.writeString(folder.resolve("pgbouncer.ini"), "[pgbouncer]\n");
        ProxySettings settings =
                assertThat(PgBouncerFile.read(empty))
                        .asInstanceOf(type(Loaded.class))
                        .actual()
                        .settings();
        Map<String, String> inForce = new LinkedHashMap<>();
        Map<String, String> told = new LinkedHashMap<>();
        for (ShownSetting setting : settings.shown()) {
            if (!OURS.contains(setting.name())) {
                inForce.put(setting.name(), setting.value());
                told.put(setting.name(), setting.byDefault());
            }
        }
        assertThat(inForce).containsExactlyInAnyOrderEntriesOf(expected);
        assertThat(told).containsExactlyInAnyOrderEntriesOf(expected);
    }
}
