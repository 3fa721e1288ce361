package io.toomai.postgres.sql;

import io.toomai.postgres.Endpoint;
import io.toomai.postgres.Login;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/// How to connect to a server.
///
/// @param applicationName shown in `pg_stat_activity`
public record SqlAccess(Endpoint server, String database, Login login, String applicationName) {
    public static final String HEARTBEAT = "Toomai heartbeat";
    public static final String REST = "Toomai restapi";

    /// libpq's names of what pgjdbc calls differently or not at all (empty).
    private static final Map<String, String> DRIVER_NAMES =
            Map.ofEntries(
                    Map.entry("sslmode", "sslmode"),
                    Map.entry("sslcert", "sslcert"),
                    Map.entry("sslkey", "sslkey"),
                    Map.entry("sslrootcert", "sslrootcert"),
                    Map.entry("sslpassword", "sslpassword"),
                    Map.entry("sslnegotiation", "sslNegotiation"),
                    Map.entry("gssencmode", "gssEncMode"),
                    Map.entry("channel_binding", "channelBinding"),
                    Map.entry("krbsrvname", "kerberosServerName"));

    public SqlAccess as(String newApplicationName) {
        return new SqlAccess(server, database, login, newApplicationName);
    }

    public SqlAccess toDatabase(String name) {
        return new SqlAccess(server, name, login, applicationName);
    }

    String url() {
        String host = server.host().indexOf(':') >= 0 ? "[" + server.host() + "]" : server.host();
        return "jdbc:postgresql://"
                + host
                + ":"
                + server.port()
                + "/"
                + java.net.URLEncoder.encode(database, java.nio.charset.StandardCharsets.UTF_8);
    }

    Properties properties() {
        Properties properties = new Properties();
        properties.setProperty("user", login.user());
        login.password().ifPresent(secret -> properties.setProperty("password", secret.reveal()));
        properties.setProperty("ApplicationName", applicationName);
        login.options()
                .forEach((key, value) ->
                        Optional.ofNullable(DRIVER_NAMES.get(key))
                                .ifPresent(name -> properties.setProperty(name, value)));
        return properties;
    }
}
