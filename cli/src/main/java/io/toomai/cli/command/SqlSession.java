package io.toomai.cli.command;

import io.toomai.cli.view.ClusterAnswer.MemberRow;
import io.toomai.cli.view.ClusterAnswer.RoleWord;
import io.toomai.cli.view.Format;
import io.toomai.cli.view.TextTable.Align;
import io.toomai.cli.view.TextTable.Column;
import io.toomai.core.model.Secret;
import io.toomai.settings.json.Json;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/// One statement on one member through JDBC. The only class here that needs the driver.
final class SqlSession {
    private static final int CONNECT_SECONDS = 5;

    private SqlSession() {}

    /// @param password absent = the driver looks into `.pgpass`
    record Login(String user, String database, Optional<Secret> password) {
        static Login of(
                Map<String, String> environment,
                Optional<String> user,
                Optional<String> database,
                Optional<String> password) {
            String name =
                    user.orElseGet(() ->
                            environment.getOrDefault(
                                    "PGUSER", System.getProperty("user.name", "postgres")));
            return new Login(
                    name,
                    database.orElseGet(() -> environment.getOrDefault("PGDATABASE", "postgres")),
                    password.or(() -> Optional.ofNullable(environment.get("PGPASSWORD")))
                            .map(Secret::new));
        }
    }

    /// Column headings and rows; an error is a row of its own without headings.
    record Result(List<String> headings, List<List<Json>> rows) {
        String text(Format format, String delimiter) {
            if (headings.isEmpty() || format == Format.TSV) {
                var lines = new ArrayList<String>();
                if (!headings.isEmpty()) {
                    lines.add(String.join(delimiter, headings));
                }
                for (List<Json> row : rows) {
                    lines.add(
                            String.join(delimiter, row.stream().map(cell -> shown(cell)).toList()));
                }
                return String.join("\n", lines);
            }
            return format.rows(
                    headings.stream().map(name -> new Column(name, Align.LEFT)).toList(),
                    format == Format.PRETTY ? shown(rows) : rows);
        }

        private static List<List<Json>> shown(List<List<Json>> rows) {
            return rows.stream()
                    .map(row -> row.stream().map(cell -> Json.of(shown(cell))).toList())
                    .toList();
        }

        /// As Python writes it, which is what patronictl prints.
        private static String shown(Json cell) {
            return switch (cell) {
                case Json.Null _ -> "None";
                case Json.Bool(boolean value) -> value ? "True" : "False";
                case Json.Text _, Json.Num _, Json.Arr _, Json.Obj _ -> cell.scalar();
            };
        }
    }

    /// Empty where the member does not play that role any more.
    static Optional<Result> run(MemberRow member, Login login, String sql, RoleWord role) {
        var properties = new Properties();
        properties.setProperty("user", login.user());
        login.password().ifPresent(p -> properties.setProperty("password", p.reveal()));
        properties.setProperty("loginTimeout", Integer.toString(CONNECT_SECONDS));
        properties.setProperty("connectTimeout", Integer.toString(CONNECT_SECONDS));
        properties.setProperty("ApplicationName", "Patroni ctl");
        String host = member.host().indexOf(':') >= 0 ? "[" + member.host() + "]" : member.host();
        String url = "jdbc:postgresql://" + host + ":" + member.port() + "/" + login.database();
        try (Connection connection = DriverManager.getConnection(url, properties);
                Statement statement = connection.createStatement()) {
            if (role != RoleWord.LEADER && role != RoleWord.ANY && !suits(statement, role)) {
                return Optional.empty();
            }
            return Optional.of(
                    statement.execute(sql) ? result(statement.getResultSet()) : done(statement));
        } catch (SQLException e) {
            String state = e.getSQLState() == null ? "" : e.getSQLState();
            return Optional.of(failure("ERROR, SQLSTATE: " + state));
        }
    }

    private static boolean suits(Statement statement, RoleWord role) throws SQLException {
        try (ResultSet answer = statement.executeQuery("SELECT pg_is_in_recovery()")) {
            return answer.next() && answer.getBoolean(1) == (role != RoleWord.PRIMARY);
        }
    }

    private static Result done(Statement statement) throws SQLException {
        return new Result(
                List.of(), List.of(List.of(Json.of(statement.getUpdateCount() + " rows"))));
    }

    /// A row with the time and what went wrong.
    static Result failure(String text) {
        String now =
                LocalDateTime.now(ZoneId.systemDefault())
                        .format(DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss"));
        return new Result(List.of(), List.of(List.of(Json.of(now), Json.of(text))));
    }

    private static Result result(ResultSet answer) throws SQLException {
        ResultSetMetaData meta = answer.getMetaData();
        var headings = new ArrayList<String>();
        for (int i = 1; i <= meta.getColumnCount(); i++) {
            headings.add(meta.getColumnLabel(i));
        }
        var rows = new ArrayList<List<Json>>();
        while (answer.next()) {
            var row = new ArrayList<Json>();
            for (int i = 1; i <= headings.size(); i++) {
                row.add(value(answer.getString(i), meta.getColumnType(i)));
            }
            rows.add(row);
        }
        return new Result(headings, rows);
    }

    private static Json value(@org.jspecify.annotations.Nullable String text, int type) {
        if (text == null) {
            return Json.Null.VALUE;
        }
        return switch (type) {
            case Types.SMALLINT, Types.INTEGER, Types.BIGINT -> new Json.Num(text);
            case Types.REAL, Types.DOUBLE -> real(text);
            case Types.BIT, Types.BOOLEAN -> new Json.Bool(text.startsWith("t"));
            default -> Json.of(text);
        };
    }

    /// With a decimal point always, as Python writes it.
    private static Json real(String text) {
        if (text.matches("-?\\d+")) {
            return new Json.Num(text + ".0");
        }
        return text.matches("-?\\d+\\.\\d+") ? new Json.Num(text) : Json.of(text);
    }
}
