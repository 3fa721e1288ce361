package io.toomai.cli;

import io.toomai.cli.data.Yaml;
import io.toomai.core.model.Secret;
import io.toomai.postgres.Endpoint;
import io.toomai.postgres.Login;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.config.Conninfo;
import io.toomai.postgres.sql.ServerSurvey;
import io.toomai.postgres.sql.SqlAccess;
import io.toomai.settings.Catalogue;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// `--generate-sample-config` and `--generate-config`: settings to begin with. They are valid as
/// they are; passwords are placeholders that whoever reads them must replace.
final class SettingsText {
    private static final String PLACEHOLDER = "change-me";
    private static final String HEAD =
            """
            # Replace each change-me, and the addresses of toomai.store.voters by those of your nodes.
            # Then look whether all is well: toomai agent --validate-config -i FILE
            """;
    private static final int REST_PORT = 8008;
    private static final int POSTGRES_PORT = 5432;

    private final Map<String, String> environment;

    SettingsText(Map<String, String> environment) {
        this.environment = environment;
    }

    String sample() {
        return text(
                new ServerSurvey(
                        "postgres",
                        "batman",
                        "*",
                        POSTGRES_PORT,
                        "/var/lib/postgresql/data",
                        "/var/lib/postgresql/data/postgresql.conf",
                        "",
                        new TreeMap<>(),
                        List.of(
                                "local all all peer",
                                "host all all 127.0.0.1/32 scram-sha-256",
                                "host all all all scram-sha-256",
                                "host replication replicator all scram-sha-256"),
                        List.of()));
    }

    /// @throws CliException when the server cannot be asked
    String ofRunning(Optional<String> dsn) {
        SqlAccess access = access(dsn);
        try {
            return text(ServerSurvey.of(access));
        } catch (PostgresException e) {
            throw new CliException(
                    CliException.Code.NO_ANSWER,
                    "PostgreSQL at %s does not tell its settings: %s; name it with --dsn 'host=…"
                                    .formatted(access.server(), e.getMessage())
                            + " port=… user=… password=…', a superuser");
        }
    }

    private SqlAccess access(Optional<String> dsn) {
        Map<String, String> given = new LinkedHashMap<>(Conninfo.parse(dsn.orElse("")).values());
        for (String name : List.of("host", "port", "user", "password", "sslmode")) {
            variable(name).ifPresent(value -> given.putIfAbsent(name, value));
        }
        variable("database").ifPresent(value -> given.putIfAbsent("dbname", value));
        TreeMap<String, String> options = new TreeMap<>(given);
        options.keySet().removeAll(Set.of("host", "port", "user", "password", "dbname"));
        return new SqlAccess(
                new Endpoint(given.getOrDefault("host", "127.0.0.1"), port(given)),
                given.getOrDefault("dbname", "postgres"),
                new Login(
                        given.getOrDefault("user", System.getProperty("user.name", "postgres")),
                        Optional.ofNullable(given.get("password")).map(Secret::new),
                        options),
                "Toomai settings");
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get("PG" + name.toUpperCase(java.util.Locale.ROOT)));
    }

    private static int port(Map<String, String> given) {
        String text = given.getOrDefault("port", String.valueOf(POSTGRES_PORT));
        if (!text.matches("[0-9]{1,5}")) {
            throw CliException.refused("the port '" + text + "' is no number");
        }
        return Integer.parseInt(text);
    }

    private String text(ServerSurvey server) {
        String host = ownName();
        String address = ownAddress();
        Json.Obj file =
                Json.Obj.EMPTY
                        .with(
                                "scope",
                                server.clusterName().isEmpty() ? "batman" : server.clusterName())
                        .with("name", host)
                        .with(
                                "restapi",
                                Json.Obj.EMPTY
                                        .with("listen", "0.0.0.0:" + REST_PORT)
                                        .with("connect_address", address + ":" + REST_PORT)
                                        .with("authentication", login("admin")))
                        .with("bootstrap", bootstrap(server))
                        .with("postgresql", postgresql(server, address))
                        .with("toomai", store(address));
        return HEAD + Yaml.block(file);
    }

    private static Json.Obj bootstrap(ServerSurvey server) {
        SortedMap<String, String> shared = new TreeMap<>(server.parameters());
        shared.keySet().removeIf(name -> !Catalogue.INSTANCE.isShared(name));
        return Json.Obj.EMPTY.with(
                "dcs",
                Json.Obj.EMPTY
                        .with("ttl", Json.of(30))
                        .with("loop_wait", Json.of(10))
                        .with("retry_timeout", Json.of(10))
                        .with("synchronous_mode", "on")
                        .with(
                                "postgresql",
                                Json.Obj.EMPTY
                                        .with("use_pg_rewind", new Json.Bool(true))
                                        .with("parameters", texts(shared))));
    }

    private static Json.Obj postgresql(ServerSurvey server, String address) {
        SortedMap<String, String> own = new TreeMap<>(server.parameters());
        own.keySet().removeIf(Catalogue.INSTANCE::isShared);
        String listens =
                server.listenAddresses().isEmpty() ? "127.0.0.1" : server.listenAddresses();
        boolean everywhere = listens.equals("*") || listens.contains("0.0.0.0");
        String reached = everywhere ? address : listens.split(",", 2)[0].strip();
        Json.Obj section =
                Json.Obj.EMPTY
                        .with("listen", listens.replace(" ", "") + ":" + server.port())
                        .with("connect_address", reached + ":" + server.port())
                        .with("data_dir", server.dataDirectory())
                        .with(
                                "authentication",
                                Json.Obj.EMPTY
                                        .with("superuser", login(server.user()))
                                        .with("replication", login("replicator")))
                        .with("parameters", texts(own))
                        .with("pg_hba", new Json.Arr(server.hba().stream().map(Json::of).toList()));
        if (!server.ident().isEmpty()) {
            section =
                    section.with(
                            "pg_ident",
                            new Json.Arr(server.ident().stream().map(Json::of).toList()));
        }
        Path configuration = Path.of(server.configFile());
        String directory = String.valueOf(configuration.getParent());
        if (!directory.equals(server.dataDirectory())) {
            section = section.with("config_dir", directory);
        }
        String name = String.valueOf(configuration.getFileName()).replaceFirst("\\.conf$", "");
        if (!name.equals("postgresql")) {
            section = section.with("config_base_name", name);
        }
        return server.binDirectory().isEmpty()
                ? section
                : section.with("bin_dir", server.binDirectory());
    }

    private static Json.Obj store(String address) {
        return Json.Obj.EMPTY.with(
                "store",
                Json.Obj.EMPTY
                        .with("id", Json.of(1))
                        .with(
                                "voters",
                                new Json.Arr(
                                        List.of(Json.of("1@" + address + ":2888:3888:2181")))));
    }

    private static Json.Obj login(String user) {
        return Json.Obj.EMPTY.with("username", user).with("password", PLACEHOLDER);
    }

    private static Json.Obj texts(SortedMap<String, String> values) {
        Json.Obj object = Json.Obj.EMPTY;
        for (Map.Entry<String, String> entry : values.entrySet()) {
            object = object.with(entry.getKey(), entry.getValue());
        }
        return object;
    }

    private static String ownName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "pg1";
        }
    }

    private static String ownAddress() {
        try {
            return InetAddress.getLocalHost().getHostAddress();
        } catch (UnknownHostException _) {
            return "127.0.0.1";
        }
    }

    /// To the file, which only its owner may read; or to standard output.
    int write(Console console, Optional<Path> file, String yaml) {
        if (file.isEmpty()) {
            console.print(yaml);
            return 0;
        }
        Path path = file.get();
        try {
            Files.createFile(
                    path,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.writeString(path, yaml, StandardOpenOption.TRUNCATE_EXISTING);
            return 0;
        } catch (IOException e) {
            throw new CliException(
                    CliException.Code.BAD_FILE,
                    path + " cannot be written: " + e + "; a file that exists is not replaced");
        }
    }
}
