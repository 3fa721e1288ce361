package io.toomai.postgres.create;

import io.toomai.postgres.Endpoint;
import io.toomai.postgres.Login;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.ServerLayout;
import io.toomai.postgres.config.Conninfo;
import io.toomai.postgres.config.Pgpass;
import io.toomai.postgres.config.PrimaryConninfo;
import io.toomai.postgres.install.Launch;
import io.toomai.postgres.os.DurableFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// How one program logs in to one server. Who lists processes sees their words, so secrets are in
/// files of mode 0600 that live as long as the program: the password in a password file, the one of
/// the client's key, for which libpq has neither file nor environment variable, in a connection
/// service file.
///
/// @param conninfo for the command line; holds no secret
/// @param environment where the program finds the rest
public record ToolLogin(Conninfo conninfo, Map<String, String> environment, List<Path> files)
        implements AutoCloseable {
    private static final String KEY_PASSWORD = "sslpassword";
    private static final String SERVICE = "toomai";

    /// A line of a service file is shorter than 1024 bytes in libpq.
    private static final int LONGEST_KEY_PASSWORD = 1000;

    public ToolLogin {
        environment = Map.copyOf(environment);
        files = List.copyOf(files);
    }

    /// What and where a program is that logs in.
    ///
    /// @param layout its password files are beside `pgpass`
    /// @param launch how the program sees files
    public record Tool(ServerLayout layout, Launch launch) {}

    /// Writes the files.
    ///
    /// @param database to connect to
    /// @throws PostgresException `FORBIDDEN_OPTION` when a service file cannot hold the password of
    ///   the key; `FILE`, `DISK_FULL`
    public static ToolLogin write(Tool tool, Endpoint server, Login login, String database) {
        Map<String, String> words =
                new LinkedHashMap<>(PrimaryConninfo.forTool(server, login, database).values());
        Optional<String> keyPassword = Optional.ofNullable(words.remove(KEY_PASSWORD));
        keyPassword.ifPresent(password -> mustFit(password, login));

        Map<String, String> environment = new TreeMap<>();
        Path passwords = beside(tool.layout().pgpass(), ".tool");
        DurableFiles.write(passwords, Pgpass.lines(List.of(server), login));
        environment.put("PGPASSFILE", tool.launch().inside(passwords));
        if (keyPassword.isEmpty()) {
            return new ToolLogin(new Conninfo(words), environment, List.of(passwords));
        }
        Path service = beside(tool.layout().pgpass(), ".service");
        DurableFiles.write(
                service, "[" + SERVICE + "]\n" + KEY_PASSWORD + "=" + keyPassword.get() + "\n");
        environment.put("PGSERVICEFILE", tool.launch().inside(service));
        words.put("service", SERVICE);
        return new ToolLogin(new Conninfo(words), environment, List.of(passwords, service));
    }

    private static Path beside(Path pgpass, String ending) {
        return pgpass.resolveSibling(pgpass.getFileName() + ending);
    }

    private static void mustFit(String password, Login login) {
        String trouble =
                password.contains("\n") || !password.stripTrailing().equals(password)
                        ? "holds a line break, or ends with a space"
                        : password.getBytes(StandardCharsets.UTF_8).length > LONGEST_KEY_PASSWORD
                                ? "is longer than " + LONGEST_KEY_PASSWORD + " bytes"
                                : "";
        if (!trouble.isEmpty()) {
            throw new PostgresException(
                    Code.FORBIDDEN_OPTION,
                    "the sslpassword of user "
                            + login.user()
                            + " "
                            + trouble
                            + ", so PostgreSQL's programs cannot be given it other than where"
                            + " everybody sees it; nothing was started. Give the key another"
                            + " password");
        }
    }

    @Override
    public void close() {
        files.forEach(DurableFiles::delete);
    }
}
