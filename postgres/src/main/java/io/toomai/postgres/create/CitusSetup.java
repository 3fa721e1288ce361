package io.toomai.postgres.create;

import io.toomai.core.model.Secret;
import io.toomai.postgres.Login;
import io.toomai.postgres.config.Conninfo;
import io.toomai.postgres.sql.LocalSql;
import io.toomai.postgres.sql.SqlAccess;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Makes a new server a node of Citus: the database, the extension in it, and how the nodes log in
/// with each other. The session logs no statement.
///
/// @param database where the extension goes
public record CitusSetup(String database) {
    /// What of a login Citus takes; host and user it knows itself.
    private static final List<String> LOGIN_OPTIONS = List.of("sslcert", "sslkey");

    /// @param access a superuser's, to any database of the new server
    /// @param superuser as the other nodes shall log in here
    /// @param limit for each of its three steps
    void run(SqlAccess access, Login superuser, Duration limit) {
        String options = UserSetup.SILENT + " -c statement_timeout=0";
        try (LocalSql sql = new LocalSql(access, options)) {
            sql.call(limit, this::createDatabase);
        }
        try (LocalSql sql = new LocalSql(access.toDatabase(database), options)) {
            sql.call(
                    limit,
                    connection -> execute(connection, "CREATE EXTENSION IF NOT EXISTS citus"));
            Optional<Secret> login = login(superuser);
            if (login.isPresent()) {
                sql.call(limit, connection -> tellLogin(connection, login.get()));
            }
        }
    }

    private boolean createDatabase(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT FROM pg_database WHERE datname = ?")) {
            statement.setString(1, database);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        || execute(connection, "CREATE DATABASE " + UserSetup.identifier(database));
            }
        }
    }

    private static boolean execute(Connection connection, String text) throws SQLException {
        try (var statement = connection.createStatement()) {
            return statement.execute(text);
        }
    }

    /// The new row counts for all nodes (0) and for the superuser that makes it.
    private static boolean tellLogin(Connection connection, Secret login) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO pg_catalog.pg_dist_authinfo"
                                + " VALUES (0, current_user, ?)")) {
            statement.setString(1, login.reveal());
            return statement.execute();
        }
    }

    private static Optional<Secret> login(Login superuser) {
        Map<String, String> parts = new LinkedHashMap<>();
        superuser.password().ifPresent(secret -> parts.put("password", secret.reveal()));
        for (String option : LOGIN_OPTIONS) {
            Optional.ofNullable(superuser.options().get(option))
                    .ifPresent(value -> parts.put(option, value));
        }
        return parts.isEmpty()
                ? Optional.empty()
                : Optional.of(new Secret(new Conninfo(parts).text()));
    }
}
