package io.toomai.proxy.config;

import io.toomai.core.model.Secret;
import io.toomai.proxy.route.Route;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// An entry of `[databases]`: what clients call a database, and where it is.
///
/// @param name `*` for the entry of all that have none
/// @param hosts where its servers are, each an address or the directory of a Unix socket; none: the
///   members of the cluster, or in a `pgbouncer.ini` the socket in `unix_socket_dir`
/// @param dbname the database's name there; absent: the clients' word
/// @param forcedUser who logs in there whoever the client is
/// @param route `route`, a word of ours: where its clients are led, whatever port they come to
/// @param startup `client_encoding`, `datestyle`, `timezone`, `application_name`, set where a
///   session begins
public record Database(
        String name,
        List<String> hosts,
        int port,
        Optional<String> dbname,
        Optional<String> forcedUser,
        Optional<Secret> password,
        Lookup lookup,
        Limits limits,
        Balance balance,
        Optional<Route> route,
        Optional<String> connectQuery,
        Map<String, String> startup) {
    /// The entry for databases that are not named.
    public static final String ANY = "*";

    public Database {
        hosts = List.copyOf(hosts);
        startup = Map.copyOf(startup);
    }

    /// How its users are found; absent: as for all.
    public record Lookup(
            Optional<String> user, Optional<String> query, Optional<String> database) {}

    /// What holds for it in place of what holds for all; absent: nothing of its own.
    public record Limits(
            OptionalInt poolSize,
            OptionalInt minPoolSize,
            OptionalInt reservePoolSize,
            OptionalInt maxConnections,
            OptionalInt maxClientConnections,
            Optional<PoolMode> poolMode,
            Optional<Duration> serverLifetime,
            Optional<Duration> queryWaitTimeout) {}

    /// Which of several hosts a new connection goes to.
    public enum Balance {
        ROUND_ROBIN,
        /// The first, until it fails; then the next.
        DISABLE
    }
}
