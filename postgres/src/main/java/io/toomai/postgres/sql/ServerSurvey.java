package io.toomai.postgres.sql;

import io.toomai.postgres.PostgresException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// How a running server is configured, for settings that would run it as it is.
///
/// @param user who asked; a superuser
/// @param clusterName empty where none is set
/// @param parameters that differ from PostgreSQL's own defaults, as they would be written
/// @param hba lines of pg_hba.conf without comments
public record ServerSurvey(
        String user,
        String clusterName,
        String listenAddresses,
        int port,
        String dataDirectory,
        String configFile,
        String binDirectory,
        SortedMap<String, String> parameters,
        List<String> hba,
        List<String> ident) {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final String PLACE =
            """
            SELECT current_user, current_setting('cluster_name'),
              current_setting('listen_addresses'), current_setting('port')::int,
              current_setting('data_directory'), current_setting('config_file'),
              (SELECT setting FROM pg_config() WHERE name = 'BINDIR'),
              pg_read_file(current_setting('hba_file')),
              pg_read_file(current_setting('ident_file'))\
            """;

    /// Files and addresses have settings of their own, and recovery is for the agent to say.
    private static final String PARAMETERS =
            """
            SELECT name, current_setting(name) FROM pg_settings
            WHERE context <> 'internal' AND setting IS DISTINCT FROM boot_val
              AND source NOT IN ('default', 'override', 'session', 'client', 'database', 'user')
              AND name NOT IN ('listen_addresses', 'port', 'cluster_name', 'config_file',
                'data_directory', 'hba_file', 'ident_file', 'external_pid_file',
                'primary_conninfo', 'primary_slot_name', 'synchronous_standby_names',
                'restore_command', 'archive_cleanup_command', 'promote_trigger_file')
              AND name !~ '^recovery_'\
            """;

    public ServerSurvey {
        parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
        hba = List.copyOf(hba);
        ident = List.copyOf(ident);
    }

    /// Asks the server.
    ///
    /// @throws PostgresException as `LocalSql.call`; `SQL` where the user is no superuser
    public static ServerSurvey of(SqlAccess access) {
        try (LocalSql sql = new LocalSql(access)) {
            return sql.call(PATIENCE, ServerSurvey::readOn);
        }
    }

    private static ServerSurvey readOn(Connection connection) throws SQLException {
        SortedMap<String, String> parameters = new TreeMap<>();
        try (PreparedStatement statement = connection.prepareStatement(PARAMETERS);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                parameters.put(row.getString(1), row.getString(2));
            }
        }
        try (PreparedStatement statement = connection.prepareStatement(PLACE);
                ResultSet row = statement.executeQuery()) {
            if (!row.next()) {
                throw new SQLException("the server gave no row", "XX000");
            }
            return new ServerSurvey(
                    row.getString(1),
                    row.getString(2),
                    row.getString(3),
                    row.getInt(4),
                    row.getString(5),
                    row.getString(6),
                    row.getString(7),
                    parameters,
                    linesOf(row.getString(8)),
                    linesOf(row.getString(9)));
        }
    }

    private static List<String> linesOf(String file) {
        return file.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
    }
}
