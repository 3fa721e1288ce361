package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.Tags;
import io.toomai.core.model.ByteSize;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Secret;
import io.toomai.settings.LoadResult.Loaded;
import io.toomai.settings.LoadResult.Rejected;
import io.toomai.settings.StoreSettings.Voter;
import io.toomai.settings.ToomaiSettings.Compatibility;
import io.toomai.settings.ToomaiSettings.Unauthenticated;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsFileTest {
    @TempDir Path dir;

    @Test
    void everythingHasItsDefault() {
        Loaded loaded = Samples.loadedResult(Samples.MINIMAL);
        Settings settings = loaded.settings();

        assertThat(loaded.warnings()).isEmpty();
        assertThat(settings.name()).isEqualTo(new MemberName("pg1"));
        assertThat(settings.place().clusterPath()).isEqualTo("/service/batman/");
        RestApiSettings restapi = settings.restapi();
        assertThat(restapi.connectAddress()).isEqualTo(new HostPort("127.0.0.1", 8008));
        assertThat(restapi.authentication()).isEmpty();
        assertThat(restapi.tls()).isEmpty();
        assertThat(restapi.scheme()).isEqualTo("http");
        assertThat(restapi.allowlist()).isEmpty();
        assertThat(restapi.requestQueueSize()).isEqualTo(50);
        assertThat(settings.ctl().insecure()).isFalse();
        assertThat(settings.ctl().authentication()).isEmpty();
        assertThat(settings.bootstrap())
                .isEqualTo(
                        new BootstrapSettings(
                                "{}",
                                "initdb",
                                Optional.empty(),
                                List.of(),
                                List.of(),
                                Optional.empty()));
        PostgresSettings postgresql = settings.postgresql();
        assertThat(postgresql.connectAddress()).isEqualTo(new HostPort("127.0.0.1", 5432));
        assertThat(postgresql.database()).isEqualTo("postgres");
        assertThat(postgresql.configDir()).isEqualTo(Path.of("/data/pg1"));
        assertThat(postgresql.configBaseName()).isEqualTo("postgresql");
        assertThat(postgresql.binary("pg_ctl")).isEqualTo(Path.of("pg_ctl"));
        assertThat(postgresql.pgpass().getFileName()).hasToString("pgpass");
        assertThat(postgresql.authentication().superuser().username()).isEmpty();
        assertThat(settings.tags()).isEqualTo(Tags.NONE);
        assertThat(settings.log())
                .isEqualTo(
                        new LogSettings(
                                LogSettings.Type.PLAIN,
                                LogSettings.Level.INFO,
                                LogSettings.Level.ERROR,
                                new LogFormat.Standard(),
                                Optional.empty(),
                                new java.util.TreeMap<>(),
                                1000,
                                Optional.empty(),
                                new java.util.TreeMap<>()));
        assertThat(settings.watchdog())
                .isEqualTo(
                        new WatchdogSettings(
                                WatchdogSettings.Mode.AUTOMATIC,
                                Path.of("/dev/watchdog"),
                                Optional.of(Duration.ofSeconds(5))));
        assertThat(settings.store())
                .isEqualTo(
                        new StoreSettings(
                                List.of(new Voter(1, "127.0.0.1", 2888, 3888, 2181)),
                                Optional.of(1),
                                Path.of("/data/pg1-toomai/store"),
                                "127.0.0.1",
                                2181,
                                Optional.empty(),
                                List.of(),
                                Optional.empty()));
        assertThat(settings.toomai())
                .isEqualTo(
                        new ToomaiSettings(
                                Path.of("/data/pg1-toomai"),
                                1000,
                                Unauthenticated.REFUSE,
                                Compatibility.OFF,
                                Optional.empty()));
    }

    @Test
    void everyKeyIsRead() throws IOException {
        Settings settings = Samples.loaded(resource("every-key.yml"));

        assertThat(settings.namespace()).isEqualTo("/db/");
        assertThat(settings.place().clusterPath()).isEqualTo("/db/batman/0/");
        RestApiSettings restapi = settings.restapi();
        assertThat(restapi.connectAddress()).isEqualTo(new HostPort("10.0.0.1", 8008));
        assertThat(restapi.authentication())
                .contains(new Credentials("admin", new Secret("rest-secret")));
        RestApiSettings.Tls tls = restapi.tls().orElseThrow();
        assertThat(tls.certfile()).isEqualTo(Path.of("/tls/server.crt"));
        assertThat(tls.keyfile()).contains(Path.of("/tls/server.key"));
        assertThat(tls.keyfilePassword()).contains(new Secret("key-secret"));
        assertThat(tls.cafile()).contains(Path.of("/tls/ca.crt"));
        assertThat(tls.cipherSuites()).contains("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
        assertThat(tls.verifyClient()).isEqualTo(RestApiSettings.VerifyClient.REQUIRED);
        assertThat(restapi.scheme()).isEqualTo("https");
        assertThat(restapi.allowlist()).containsExactly("10.0.0.0/8", "admin.example.org");
        assertThat(restapi.allowlistIncludeMembers()).isTrue();
        assertThat(restapi.httpExtraHeaders()).containsEntry("X-Frame-Options", "SAMEORIGIN");
        assertThat(restapi.httpsExtraHeaders()).containsEntry("Strict-Transport-Security", "max");
        assertThat(restapi.requestQueueSize()).isEqualTo(64);
        assertThat(restapi.serverTokens()).isEqualTo("minimal");
        CtlSettings ctl = settings.ctl();
        assertThat(ctl.insecure()).isTrue();
        assertThat(ctl.cacert()).contains(Path.of("/tls/ca.crt"));
        assertThat(ctl.certfile()).contains(Path.of("/tls/client.crt"));
        assertThat(ctl.keyfile()).contains(Path.of("/tls/client.key"));
        assertThat(ctl.keyfilePassword()).contains(new Secret("ctl-key-secret"));
        assertThat(ctl.authentication()).contains(new Credentials("ctl", new Secret("ctl-secret")));
        bootstrapIsRead(settings.bootstrap());
        postgresqlIsRead(settings.postgresql());
        assertThat(settings.tags().values())
                .containsEntry("nofailover", true)
                .containsEntry("failover_priority", 3L)
                .containsEntry("sync_priority", 2L)
                .containsEntry("replicatefrom", "pg2")
                .containsEntry("rack", "a7")
                .containsEntry("weight", 0.5);
        assertThat(settings.log().type()).isEqualTo(LogSettings.Type.JSON);
        assertThat(settings.log().level()).isEqualTo(LogSettings.Level.WARNING);
        logIsRead(settings.log());
        assertThat(settings.log().loggers()).containsEntry("http", LogSettings.Level.ERROR);
        assertThat(settings.watchdog())
                .isEqualTo(
                        new WatchdogSettings(
                                WatchdogSettings.Mode.OFF,
                                Path.of("/dev/watchdog1"),
                                Optional.empty()));
        StoreSettings store = (StoreSettings) settings.store();
        assertThat(store.voters())
                .containsExactly(
                        new Voter(1, "10.0.0.1", 2888, 3888, 2181),
                        new Voter(2, "fd00::2", 2889, 3889, 2182));
        assertThat(store.id()).contains(1);
        assertThat(store.dataDir()).isEqualTo(Path.of("/data/store"));
        assertThat(store.clientPort()).isEqualTo(12181);
        assertThat(store.password()).contains(new Secret("store-secret"));
        assertThat(store.observers()).containsExactly(new Voter(4, "10.0.0.4", 2888, 3888, 2181));
        assertThat(store.tls())
                .contains(
                        new StoreSettings.Tls(
                                Path.of("/tls/store.crt"),
                                Path.of("/tls/store.key"),
                                Path.of("/tls/ca.crt"),
                                StoreSettings.HostCheck.OFF));
        assertThat(store.clientAddress()).isEqualTo(new HostPort("0.0.0.0", 12181));
        assertThat(store.connectString()).isEqualTo("127.0.0.1:12181,[fd00::2]:2182");
        assertThat(settings.toomai())
                .isEqualTo(
                        new ToomaiSettings(
                                Path.of("/data/toomai"),
                                50,
                                Unauthenticated.ALLOW,
                                Compatibility.STRICT,
                                Optional.of(proxy())));
    }

    private static ProxySection proxy() {
        return new ProxySection(
                new HostPort("*", 6432),
                Optional.of(6433),
                new java.util.TreeMap<>(java.util.Map.of("pool_mode", "transaction")),
                new java.util.TreeMap<>(java.util.Map.of("app_ro", "dbname=app route=read")),
                new java.util.TreeMap<>(java.util.Map.of("app", "pool_size=7")),
                new ProxySection.Reads(
                        ProxySection.FromPrimary.NEVER,
                        java.util.OptionalLong.of(1 << 20),
                        new java.util.TreeMap<>(java.util.Map.of("rack", "a7")),
                        ProxySection.Balance.ROUND_ROBIN,
                        Duration.ofSeconds(30)));
    }

    private static void logIsRead(LogSettings log) {
        assertThat(log.tracebackLevel()).isEqualTo(LogSettings.Level.DEBUG);
        assertThat(log.format())
                .isEqualTo(
                        new LogFormat.Fields(
                                List.of(
                                        new LogFormat.Field("message", "message"),
                                        new LogFormat.Field("levelname", "severity"))));
        assertThat(log.dateFormat()).contains("%Y");
        assertThat(log.staticFields()).containsEntry("app", "patroni");
        assertThat(log.queueSize()).isEqualTo(10);
        assertThat(log.file())
                .contains(
                        new LogSettings.LogFile(
                                Path.of("/var/log/patroni"),
                                7,
                                new ByteSize(1 << 20),
                                Optional.of(PosixFilePermissions.fromString("rw-r--r--"))));
    }

    private static void bootstrapIsRead(BootstrapSettings bootstrap) {
        assertThat(bootstrap.dcsJson())
                .isEqualTo(
                        "{\"ttl\":30,\"postgresql\":{\"use_pg_rewind\":true,"
                                + "\"parameters\":{\"max_connections\":200}},"
                                + "\"synchronous_mode\":\"quorum\"}");
        assertThat(bootstrap.method()).isEqualTo("restore");
        assertThat(bootstrap.custom())
                .contains(
                        new MethodSettings(
                                "restore",
                                "/bin/restore",
                                java.util.Set.of(
                                        MethodSettings.Flag.NO_PARAMS,
                                        MethodSettings.Flag.KEEP_EXISTING_RECOVERY_CONF),
                                Map.of(
                                        "no_params",
                                        "True",
                                        "keep_existing_recovery_conf",
                                        "1",
                                        "stanza",
                                        "main"),
                                Map.of("recovery_target_action", "promote")));
        assertThat(bootstrap.initdb().stream().map(CommandOption::argument))
                .containsExactly("--encoding=UTF8", "--data-checksums");
        assertThat(bootstrap.pgHba()).containsExactly("host all all 0.0.0.0/0 md5");
        assertThat(bootstrap.postBootstrap()).contains("/bin/post");
    }

    private static void postgresqlIsRead(PostgresSettings postgresql) {
        assertThat(postgresql.listen())
                .isEqualTo(new ListenAddresses(List.of("10.0.0.1", "127.0.0.1"), 5433));
        assertThat(postgresql.connectAddress()).isEqualTo(new HostPort("10.0.0.1", 5433));
        assertThat(postgresql.proxyAddress()).contains(new HostPort("10.0.0.9", 6432));
        assertThat(postgresql.database()).isEqualTo("admin");
        assertThat(postgresql.configDir()).isEqualTo(Path.of("/etc/pg"));
        assertThat(postgresql.configBaseName()).isEqualTo("main");
        assertThat(postgresql.binary("postgres")).isEqualTo(Path.of("/pg/bin/postgres-17"));
        assertThat(postgresql.pgpass()).isEqualTo(Path.of("/run/pgpass"));
        assertThat(postgresql.krbsrvname()).contains("pg");
        PostgresSettings.Authentication users = postgresql.authentication();
        assertThat(users.superuser().username()).contains("root");
        assertThat(users.superuser().password()).contains(new Secret("super-secret"));
        assertThat(users.superuser().options()).containsEntry("sslmode", "verify-ca");
        assertThat(users.replication().sslpassword()).contains(new Secret("ssl-secret"));
        assertThat(users.rewind().username()).contains("rewinder");
    }

    @Test
    void everyLocalAndSharedKeyStandsInTheSample() throws IOException {
        Values values =
                new Values(
                        (io.toomai.settings.text.Tree.Mapping)
                                ((io.toomai.settings.text.Parsed.Whole)
                                                io.toomai.settings.text.YamlReader.read(
                                                        resource("every-key.yml"), "sample"))
                                        .tree());
        assertThat(
                        Catalogue.INSTANCE.keys().stream()
                                .filter(key -> key.scope() != Key.Scope.DYNAMIC)
                                .filter(key -> key.type() != Key.Type.ALIAS)
                                .map(Key::path)
                                .filter(path -> !StoreSection.UNAVAILABLE.contains(path))
                                .filter(path -> !path.endsWith("*"))
                                .filter(path -> values.at(path).isEmpty()))
                .isEmpty();
    }

    @Test
    void credentialsOfCommandsFallBackToTheRestApi() {
        String yaml =
                Samples.MINIMAL.replace(
                        "  listen: 127.0.0.1:8008",
                        "  listen: 127.0.0.1:8008\n"
                                + "  authentication: {username: u, password: p}");
        assertThat(Samples.loaded(yaml).ctl().authentication())
                .contains(new Credentials("u", new Secret("p")));
    }

    @Test
    void aDirectoryIsMergedInTheOrderOfNames() throws IOException {
        Files.writeString(dir.resolve("10-all.yml"), Samples.MINIMAL + "tags: {nosync: true}\n");
        Files.writeString(dir.resolve("20-own.yaml"), "name: pg2\ntags: {nosync: null, rack: a}\n");
        Files.writeString(dir.resolve("notes.txt"), "- not: read");

        LoadResult result = SettingsFile.load(dir, Map.of());

        Settings settings = ((Loaded) result).settings();
        assertThat(settings.name()).isEqualTo(new MemberName("pg2"));
        assertThat(settings.tags().values()).containsOnly(Map.entry("rack", "a"));
    }

    @Test
    void aProblemInADirectoryNamesItsFile() throws IOException {
        Files.writeString(dir.resolve("10-all.yml"), Samples.MINIMAL);
        Path own = dir.resolve("20-own.yml");
        Files.writeString(own, "\nrestapi:\n  listen: nowhere\n");

        LoadResult result = SettingsFile.load(dir, Map.of());

        assertThat(((Rejected) result).problems())
                .containsExactly(
                        new Problem(
                                "restapi.listen",
                                own.toString(),
                                3,
                                "expected host:port, found 'nowhere'"));
    }

    @Test
    void aMissingFileIsSaid() {
        LoadResult result = SettingsFile.load(dir.resolve("none.yml"), Map.of("HOME", "/root"));

        assertThat(ConfigReport.render(result))
                .contains("none.yml: does not exist")
                .endsWith("not valid: 1 error, 0 warnings\n");
    }

    @Test
    void withoutAFileTheWholeTextMayComeFromTheEnvironment() {
        Map<String, String> environment =
                Map.of("PATRONI_CONFIGURATION", Samples.MINIMAL, "PATRONI_NAME", "ignored");

        LoadResult result = SettingsFile.load(dir.resolve("none.yml"), environment);

        assertThat(((Loaded) result).settings().name()).isEqualTo(new MemberName("pg1"));
    }

    @Test
    void theReportSaysThatAllIsWell() {
        assertThat(ConfigReport.render(Samples.loadedResult(Samples.MINIMAL)))
                .isEqualTo("valid: member pg1 of cluster batman, 0 warnings\n");
    }

    private static String resource(String name) throws IOException {
        try (var in = SettingsFileTest.class.getResourceAsStream(name)) {
            return new String(
                    java.util.Objects.requireNonNull(in).readAllBytes(),
                    java.nio.charset.StandardCharsets.UTF_8);
        }
    }
}
