package io.toomai.postgres.create;

import io.toomai.postgres.Login;
import io.toomai.postgres.sql.LocalSql;
import io.toomai.postgres.sql.Scram;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/// Creates the users that a cluster needs, or corrects their passwords. Only verifiers travel, and
/// the session logs no statement.
public final class UserSetup {
    /// For `LocalSql`: a session whose statements reach no log.
    public static final String SILENT =
            "-c log_statement=none -c log_min_duration_statement=-1 -c log_min_duration_sample=-1"
                    + " -c log_min_error_statement=panic -c pgaudit.log=none"
                    + " -c pg_stat_statements.track_utility=off";

    private static final Duration DEADLINE = Duration.ofSeconds(30);
    // What pg_rewind's documentation asks for a user that is no superuser.
    private static final List<String> REWIND_FUNCTIONS =
            List.of(
                    "pg_ls_dir(text, boolean, boolean)",
                    "pg_stat_file(text, boolean)",
                    "pg_read_binary_file(text)",
                    "pg_read_binary_file(text, bigint, bigint, boolean)");

    private final LocalSql sql;
    private final ClusterBootstrap.Users users;

    public UserSetup(LocalSql sql, ClusterBootstrap.Users users) {
        this.sql = sql;
        this.users = users;
    }

    public void run() {
        sql.call(
                DEADLINE,
                connection -> {
                    setUp(connection);
                    return true;
                });
    }

    private void setUp(Connection connection) throws SQLException {
        String superuser = users.superuser().user();
        String replication = users.replication().user();
        String rewind = users.rewind().user();
        createOrAlter(connection, users.superuser(), "SUPERUSER LOGIN");
        if (!replication.equals(superuser)) {
            createOrAlter(connection, users.replication(), "REPLICATION LOGIN");
        }
        if (!rewind.equals(superuser)) {
            if (!rewind.equals(replication)) {
                createOrAlter(connection, users.rewind(), "LOGIN");
            }
            for (String function : REWIND_FUNCTIONS) {
                execute(
                        connection,
                        "GRANT EXECUTE ON FUNCTION pg_catalog."
                                + function
                                + " TO "
                                + identifier(rewind));
            }
        }
    }

    private static void createOrAlter(Connection connection, Login login, String attributes)
            throws SQLException {
        String verb = exists(connection, login.user()) ? "ALTER" : "CREATE";
        String password =
                login.password()
                        .map(secret -> " PASSWORD '" + Scram.verifier(secret.reveal()) + "'")
                        .orElse("");
        execute(
                connection,
                verb + " ROLE " + identifier(login.user()) + " WITH " + attributes + password);
    }

    static void removePassword(LocalSql sql, String user) {
        sql.call(
                DEADLINE,
                connection -> {
                    execute(connection, "ALTER ROLE " + identifier(user) + " PASSWORD NULL");
                    return true;
                });
    }

    private static boolean exists(Connection connection, String user) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT FROM pg_roles WHERE rolname = ?")) {
            statement.setString(1, user);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    private static void execute(Connection connection, String text) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    static String identifier(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
