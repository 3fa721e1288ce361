package io.toomai.proxy.config;

import io.toomai.proxy.config.Setting.Effect;
import io.toomai.proxy.config.SettingKind.FileName;
import io.toomai.proxy.config.SettingKind.Networks;
import io.toomai.proxy.config.SettingKind.Octal;
import io.toomai.proxy.config.SettingKind.OnOff;
import io.toomai.proxy.config.SettingKind.OneOf;
import io.toomai.proxy.config.SettingKind.Seconds;
import io.toomai.proxy.config.SettingKind.SocketPlace;
import io.toomai.proxy.config.SettingKind.Text;
import io.toomai.proxy.config.SettingKind.WholeNumber;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Every setting of `[pgbouncer]` once, with PgBouncer's default.
final class Catalogue {
    private static final Text TEXT = new Text();
    private static final FileName FILE = new FileName();
    private static final Seconds SECONDS = new Seconds();
    private static final OnOff ON_OFF = new OnOff();
    private static final WholeNumber NATURAL = new WholeNumber(0, Integer.MAX_VALUE);
    private static final OneOf FACILITY =
            new OneOf(
                    List.of(
                            "auth",
                            "authpriv",
                            "cron",
                            "daemon",
                            "ftp",
                            "kern",
                            "local0",
                            "local1",
                            "local2",
                            "local3",
                            "local4",
                            "local5",
                            "local6",
                            "local7",
                            "lpr",
                            "mail",
                            "news",
                            "syslog",
                            "user",
                            "uucp"));
    private static final OneOf TLS_MODE =
            new OneOf(List.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full"));
    private static final OneOf AUTH =
            new OneOf(
                    List.of(
                            "any",
                            "trust",
                            "plain",
                            "md5",
                            "scram-sha-256",
                            "cert",
                            "hba",
                            "pam",
                            "ldap"));

    static final OneOf POOL_MODE = new OneOf(List.of("session", "transaction", "statement"));

    /// By name, in the order of `SHOW CONFIG`.
    static final Map<String, Setting> SETTINGS =
            index(
                    // Who it is, and where it listens.
                    unusedFixed("job_name", TEXT, "pgbouncer"),
                    unusedFixed("service_name", TEXT, "pgbouncer"),
                    fixed("listen_addr", TEXT, ""),
                    fixed("listen_port", new WholeNumber(0, 65535), "6432"),
                    fixed("listen_backlog", NATURAL, "128"),
                    fixed("so_reuseport", ON_OFF, "0"),
                    fixed("unix_socket_dir", new SocketPlace(), "/tmp"),
                    fixed("unix_socket_mode", new Octal(), "0777"),
                    fixed("unix_socket_group", TEXT, ""),
                    fixed("user", TEXT, ""),
                    fixed("pidfile", FILE, ""),
                    unusedFixed("resolv_conf", TEXT, ""),
                    // Ours: who stands before us and tells, by PROXY protocol, for whom.
                    fixed(
                            "transport",
                            new OneOf(List.of("auto", "epoll", "io_uring", "nio")),
                            "auto"),
                    // Ours: 0 is a quarter of the cores, at least one and at most four.
                    fixed("event_loops", new WholeNumber(0, 64), "0"),
                    free("proxy_protocol_networks", new Networks(), ""),
                    free("peer_id", new WholeNumber(0, 16383), "0"),
                    // Pools.
                    free("pool_mode", POOL_MODE, "session"),
                    free("max_client_conn", NATURAL, "100"),
                    free("default_pool_size", NATURAL, "20"),
                    free("min_pool_size", NATURAL, "0"),
                    free("reserve_pool_size", NATURAL, "0"),
                    free("reserve_pool_timeout", SECONDS, "5"),
                    free("max_db_connections", NATURAL, "0"),
                    free("max_user_connections", NATURAL, "0"),
                    free("max_db_client_connections", NATURAL, "0"),
                    free("max_user_client_connections", NATURAL, "0"),
                    free("max_waiting_clients", NATURAL, "0"),
                    free("server_round_robin", ON_OFF, "0"),
                    free("server_fast_close", ON_OFF, "0"),
                    free("max_prepared_statements", NATURAL, "200"),
                    free("autodb_idle_timeout", SECONDS, "3600"),
                    free("pool_idle_timeout", SECONDS, "0"),
                    free("stats_period", new WholeNumber(1, Integer.MAX_VALUE), "60"),
                    // The state of sessions.
                    free("server_reset_query", TEXT, "DISCARD ALL"),
                    free("server_reset_query_always", ON_OFF, "0"),
                    free("server_check_query", TEXT, "<empty>"),
                    free("server_check_delay", SECONDS, "30"),
                    free("track_extra_parameters", TEXT, "IntervalStyle"),
                    free("ignore_startup_parameters", TEXT, ""),
                    free("application_name_add_host", ON_OFF, "0"),
                    free("disable_pqexec", ON_OFF, "0"),
                    free("login_notify_message", TEXT, ""),
                    // Limits of time.
                    // Ours: whether clients that share servers may listen.
                    free("listen_notify", ON_OFF, "1"),
                    free("query_timeout", SECONDS, "0"),
                    free(
                            "query_timeout_action",
                            new OneOf(List.of("disconnect", "cancel")),
                            "disconnect"),
                    // Ours: how long a read waits for a replica that has what was written.
                    free("causal_reads_timeout", SECONDS, "1"),
                    // Ours: what a commit is called that no synchronous standby has confirmed.
                    free("unconfirmed_commit", new OneOf(List.of("error", "warning")), "error"),
                    free("query_wait_timeout", SECONDS, "120"),
                    free("query_wait_notify", SECONDS, "5"),
                    free("cancel_wait_timeout", SECONDS, "10"),
                    free("client_idle_timeout", SECONDS, "0"),
                    free("client_login_timeout", SECONDS, "60"),
                    free("idle_transaction_timeout", SECONDS, "0"),
                    free("transaction_timeout", SECONDS, "0"),
                    free("server_connect_timeout", SECONDS, "15"),
                    free("server_login_retry", SECONDS, "15"),
                    free("server_idle_timeout", SECONDS, "600"),
                    free("server_lifetime", SECONDS, "3600"),
                    free("suspend_timeout", SECONDS, "10"),
                    // Ours: what ends a PAUSE whose console leaves.
                    free("pause_owner", new OneOf(List.of("order", "session", "none")), "order"),
                    // Who may log in.
                    filed("auth_type", AUTH, "md5"),
                    filed("auth_file", FILE, ""),
                    filed("auth_hba_file", FILE, ""),
                    filed("auth_ident_file", FILE, ""),
                    free("auth_user", TEXT, ""),
                    free("auth_dbname", TEXT, ""),
                    free("auth_query", TEXT, AuthQuery.BY_DEFAULT),
                    unused("auth_ldap_options", TEXT, ""),
                    free("scram_iterations", new WholeNumber(1, Integer.MAX_VALUE), "4096"),
                    free("admin_users", TEXT, ""),
                    free("stats_users", TEXT, ""),
                    // TLS.
                    filed("client_tls_sslmode", TLS_MODE, "disable"),
                    filed("client_tls_key_file", FILE, ""),
                    filed("client_tls_cert_file", FILE, ""),
                    filed("client_tls_ca_file", FILE, ""),
                    filed("client_tls_protocols", TEXT, "secure"),
                    filed("client_tls_ciphers", TEXT, "default"),
                    filed("client_tls13_ciphers", TEXT, ""),
                    unused("client_tls_dheparams", TEXT, "auto"),
                    unused("client_tls_ecdhcurve", TEXT, "auto"),
                    filed("server_tls_sslmode", TLS_MODE, "prefer"),
                    // Ours, as libpq's sslnegotiation: whether a server is asked first.
                    filed(
                            "server_tls_negotiation",
                            new OneOf(List.of("postgres", "direct")),
                            "postgres"),
                    filed("server_tls_key_file", FILE, ""),
                    filed("server_tls_cert_file", FILE, ""),
                    filed("server_tls_ca_file", FILE, ""),
                    filed("server_tls_protocols", TEXT, "secure"),
                    filed("server_tls_ciphers", TEXT, "default"),
                    filed("server_tls13_ciphers", TEXT, ""),
                    // Sockets.
                    unusedFixed("pkt_buf", NATURAL, "4096"),
                    unused("sbuf_loopcnt", NATURAL, "5"),
                    free("max_packet_size", NATURAL, "2147483647"),
                    fixed("tcp_defer_accept", NATURAL, "1"),
                    free("tcp_socket_buffer", NATURAL, "0"),
                    free("tcp_keepalive", ON_OFF, "1"),
                    free("tcp_keepcnt", NATURAL, "0"),
                    free("tcp_keepidle", NATURAL, "0"),
                    free("tcp_keepintvl", NATURAL, "0"),
                    free("tcp_user_timeout", NATURAL, "0"),
                    // Ours: metrics over HTTP; port 0 = none.
                    fixed("metrics_addr", TEXT, "127.0.0.1"),
                    fixed("metrics_port", new WholeNumber(0, 65535), "0"),
                    // Names.
                    free("dns_max_ttl", SECONDS, "15"),
                    free("dns_nxdomain_ttl", SECONDS, "15"),
                    unused("dns_zone_check_period", SECONDS, "0"),
                    // Logs.
                    logged("logfile", FILE, ""),
                    logged("syslog", ON_OFF, "0"),
                    logged("syslog_ident", TEXT, "pgbouncer"),
                    logged("syslog_facility", FACILITY, "daemon"),
                    free("log_connections", ON_OFF, "1"),
                    free("log_disconnections", ON_OFF, "1"),
                    free("log_pooler_errors", ON_OFF, "1"),
                    free("log_stats", ON_OFF, "1"),
                    logged("verbose", NATURAL, "0"));

    private Catalogue() {}

    private static Setting fixed(String name, SettingKind kind, String byDefault) {
        return new Setting(name, kind, byDefault, Change.AT_RESTART, Effect.FULL);
    }

    private static Setting free(String name, SettingKind kind, String byDefault) {
        return new Setting(name, kind, byDefault, Change.AT_ONCE, Effect.FULL);
    }

    private static Setting filed(String name, SettingKind kind, String byDefault) {
        return new Setting(name, kind, byDefault, Change.WITH_FILES, Effect.FULL);
    }

    private static Setting logged(String name, SettingKind kind, String byDefault) {
        return new Setting(name, kind, byDefault, Change.WITH_THE_LOG, Effect.FULL);
    }

    /// Speaks of parts that this program does not have.
    private static Setting unused(String name, SettingKind kind, String byDefault) {
        return new Setting(name, kind, byDefault, Change.AT_ONCE, Effect.NONE);
    }

    private static Setting unusedFixed(String name, SettingKind kind, String byDefault) {
        return new Setting(name, kind, byDefault, Change.AT_RESTART, Effect.NONE);
    }

    private static Map<String, Setting> index(Setting... settings) {
        Map<String, Setting> byName = new LinkedHashMap<>();
        Arrays.stream(settings).forEach(setting -> byName.put(setting.name(), setting));
        return Collections.unmodifiableMap(byName);
    }
}
