package io.toomai.postgres.sql;

import io.toomai.postgres.Endpoint;
import io.toomai.postgres.Login;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/// How to connect to a server.
///
/// @param server reached over TCP, unless `socket` names a file
/// @param applicationName shown in `pg_stat_activity`
public record SqlAccess(
        Endpoint server, String database, Login login, String applicationName, LocalSocket socket) {
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

    /// Over TCP.
    public SqlAccess(Endpoint server, String database, Login login, String applicationName) {
        this(server, database, login, applicationName, LocalSocket.NONE);
    }

    public SqlAccess as(String newApplicationName) {
        return new SqlAccess(server, database, login, newApplicationName, socket);
    }

    public SqlAccess toDatabase(String name) {
        return new SqlAccess(server, name, login, applicationName, socket);
    }

    public SqlAccess through(LocalSocket newSocket) {
        return new SqlAccess(server, database, login, applicationName, newSocket);
    }

    /// For messages: the socket file or the address that a new connection would take.
    String place() {
        return socket.file().map(Path::toString).orElseGet(server::toString);
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
        socket.file().ifPresent(file -> throughSocket(properties, file));
        return properties;
    }

    /// Nothing is encrypted on a socket: it never leaves the node, and libpq does not either.
    private static void throughSocket(Properties properties, Path file) {
        properties.setProperty("socketFactory", UnixSocketFactory.class.getName());
        properties.setProperty("socketFactoryArg", file.toString());
        properties.setProperty("sslmode", "disable");
        properties.setProperty("gssEncMode", "disable");
        properties.remove("sslNegotiation");
        properties.remove("channelBinding");
    }
}
