package io.toomai.postgres.config;

import io.toomai.postgres.Endpoint;
import io.toomai.postgres.Login;
import io.toomai.postgres.os.DurableFiles;
import io.toomai.postgres.os.DurableFiles.Change;
import java.nio.file.Path;
import java.util.List;

/// A libpq password file (0600): `host:port:*:user:password`.
public final class Pgpass {
    private Pgpass() {}

    /// The lines for one user on some servers. Sockets are looked up as `localhost`.
    public static String lines(List<Endpoint> servers, Login login) {
        StringBuilder text = new StringBuilder();
        login.password()
                .ifPresent(password -> {
                    for (Endpoint server : servers) {
                        String host = server.host().startsWith("/") ? "localhost" : server.host();
                        text.append(escaped(host))
                                .append(':')
                                .append(server.port())
                                .append(":*:")
                                .append(escaped(login.user()))
                                .append(':')
                                .append(escaped(password.reveal()))
                                .append('\n');
                    }
                });
        return text.toString();
    }

    public static Change write(Path file, List<Endpoint> servers, Login login) {
        return DurableFiles.write(file, lines(servers, login));
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace(":", "\\:");
    }
}
