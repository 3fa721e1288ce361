package io.toomai.postgres.config;

import io.toomai.core.model.MemberName;
import io.toomai.postgres.Endpoint;
import io.toomai.postgres.Login;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Connection strings to other servers (contract §4.5). Passwords never stand in them; they are in
/// a password file.
public final class PrimaryConninfo {
    private PrimaryConninfo() {}

    /// Who connects by a `primary_conninfo`.
    ///
    /// @param passfile path as the server sees it
    /// @param database that slot synchronization logs in to (`postgresql.database`)
    /// @param major version of the standby
    public record Standby(MemberName self, String passfile, String database, int major) {}

    /// `primary_conninfo` of a standby.
    ///
    /// @param servers the upstream; several only for the leader of a standby cluster
    /// @param standby who connects, and how
    public static Conninfo of(List<Endpoint> servers, Login replication, Standby standby) {
        Map<String, String> values = base(servers, replication);
        if (replication.password().isPresent()) {
            values.put("passfile", standby.passfile());
        }
        values.put("application_name", standby.self().value());
        if (standby.major() < 17) {
            values.remove("sslnegotiation");
        } else {
            // Slot synchronization logs in to a database.
            values.put("dbname", standby.database());
        }
        if (servers.size() > 1) {
            values.put("target_session_attrs", "read-write");
        }
        return new Conninfo(values);
    }

    /// For programs that are given their password by PGPASSFILE.
    public static Conninfo forTool(Endpoint server, Login login, String database) {
        Map<String, String> values = base(List.of(server), login);
        values.put("dbname", database);
        values.put("application_name", "Toomai");
        values.put("connect_timeout", "10");
        return new Conninfo(values);
    }

    private static Map<String, String> base(List<Endpoint> servers, Login login) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("user", login.user());
        values.put("host", servers.stream().map(Endpoint::host).collect(Collectors.joining(",")));
        values.put(
                "port",
                servers.stream()
                        .map(s -> Integer.toString(s.port()))
                        .collect(Collectors.joining(",")));
        values.put("sslmode", "prefer");
        values.put("gssencmode", "prefer");
        values.put("channel_binding", "prefer");
        values.putAll(login.options());
        return values;
    }
}
