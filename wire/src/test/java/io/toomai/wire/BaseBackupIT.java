package io.toomai.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Replication commands and base backups against a real PostgreSQL; the proof of a copy is that a
/// server starts from it and has the rows.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class BaseBackupIT {
    @TempDir static Path work;
    private Path binaries = Path.of("");
    private Optional<TestServer> started = Optional.empty();

    @BeforeAll
    void startServer() throws Exception {
        Optional<Path> found = TestServer.binaries();
        if (found.isEmpty()) {
            System.out.println("BaseBackupIT skipped: no PostgreSQL 15 or later found");
        }
        Assumptions.assumeTrue(found.isPresent(), "no PostgreSQL 15 or later found");
        binaries = found.get();
        Path home = Files.createDirectory(work.resolve("source"));
        TestServer.exec("chmod", "755", work.toString());
        makeCertificate(home);
        var server =
                TestServer.create(
                        binaries,
                        home.resolve("data"),
                        "ssl = on\nssl_cert_file = '%s/server.crt'\nssl_key_file = '%s/server.key'\n"
                                .formatted(home, home));
        started = Optional.of(server);
        server.start();
        Path tablespace = Files.createDirectory(work.resolve("fast-disk"));
        TestServer.giveToPostgres(tablespace);
        server.sql(
                "CREATE TABLE stone AS SELECT n, md5(n::text) AS name FROM generate_series(1, 50000) n");
        server.sql("CREATE TABLESPACE fast LOCATION '" + tablespace + "'");
        server.sql(
                "CREATE TABLE quick TABLESPACE fast AS SELECT n FROM generate_series(1, 1000) n");
    }

    @AfterAll
    void stopServer() throws Exception {
        if (started.isPresent()) {
            started.get().close();
        }
    }

    private TestServer source() {
        return started.orElseThrow();
    }

    private ReplicationConnection connect() {
        return ReplicationConnection.open(source().options());
    }

    /// A self-signed certificate for 127.0.0.1, made by the JDK's own tool.
    private static void makeCertificate(Path home) throws Exception {
        Path store = home.resolve("server.p12");
        TestServer.exec(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit",
                "-alias",
                "server",
                "-keyalg",
                "RSA",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost,ip:127.0.0.1");
        KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
        var encoder = java.util.Base64.getMimeEncoder();
        Files.writeString(
                home.resolve("server.crt"),
                "-----BEGIN CERTIFICATE-----\n"
                        + encoder.encodeToString(keys.getCertificate("server").getEncoded())
                        + "\n-----END CERTIFICATE-----\n");
        Files.writeString(
                home.resolve("server.key"),
                "-----BEGIN PRIVATE KEY-----\n"
                        + encoder.encodeToString(
                                keys.getKey("server", "changeit".toCharArray()).getEncoded())
                        + "\n-----END PRIVATE KEY-----\n");
        Files.setPosixFilePermissions(
                home.resolve("server.key"), PosixFilePermissions.fromString("rw-------"));
    }

    private SSLContext trusting(Path certificate) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(certificate)) {
            trusted.setCertificateEntry(
                    "root", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    @Test
    void replicationCommandsAnswer() throws Exception {
        try (var connection = connect()) {
            SystemIdentity identity = connection.identifySystem();
            assertThat(identity.systemId())
                    .isEqualTo(source().sql("SELECT system_identifier FROM pg_control_system()"));
            assertThat(identity.timeline()).isEqualTo(1);
            assertThat(identity.lsn()).matches("0/[0-9A-F]+");
            assertThat(identity.databaseName()).isEmpty();
            assertThat(connection.show("port")).isEqualTo(Integer.toString(source().port()));

            connection.createPhysicalSlot("kept", WalReservation.IMMEDIATELY);
            connection.createPhysicalSlot("select", WalReservation.ON_FIRST_USE);
            assertThat(slots()).isEqualTo("kept|t\nselect|f");
            assertServerError(
                    () -> connection.createPhysicalSlot("kept", WalReservation.IMMEDIATELY),
                    "42710");
            connection.dropSlot("kept");
            connection.dropSlot("select");
            assertServerError(() -> connection.dropSlot("kept"), "42704");
            assertThat(slots()).isEmpty();
            assertServerError(() -> connection.timelineHistory(7), "58P01");
            assertThat(connection.show("wal_level")).isEqualTo("replica");
        }
    }

    private String slots() throws Exception {
        return source().sql(
                        "SELECT slot_name, restart_lsn IS NOT NULL FROM pg_replication_slots"
                                + " ORDER BY 1");
    }

    @Test
    void everyWayInWorksAndEveryWrongOneIsRefused() throws Exception {
        ConnectOptions options = source().options();
        SSLContext trusting = trusting(source().data().resolveSibling("server.crt"));
        List<Tls> good =
                List.of(
                        Tls.of(TlsMode.DISABLE),
                        Tls.of(TlsMode.PREFER),
                        Tls.of(TlsMode.REQUIRE),
                        Tls.of(TlsMode.VERIFY_CA, trusting),
                        Tls.of(TlsMode.VERIFY_FULL, trusting));
        for (Tls tls : good) {
            try (var connection = ReplicationConnection.open(options.withTls(tls))) {
                assertThat(connection.identifySystem().timeline()).isEqualTo(1);
            }
        }
        Tls untrusted = Tls.of(TlsMode.VERIFY_CA, SSLContext.getDefault());
        assertFails(
                () -> ReplicationConnection.open(options.withTls(untrusted)),
                WireException.Code.WIRE_TLS);
        var wrong =
                ConnectOptions.to("127.0.0.1", source().port(), new Credentials("postgres", "no"));
        assertFails(
                () -> ReplicationConnection.open(wrong), WireException.Code.WIRE_AUTHENTICATION);
    }

    @Test
    void aServerStartsFromTheCopyAndHasTheRows() throws Exception {
        Path home = Files.createDirectory(work.resolve("copy"));
        Path target = home.resolve("data");
        Path space = home.resolve("space");
        List<Long> reports = new ArrayList<>();
        BaseBackupResult result;
        try (var connection = connect()) {
            result =
                    BaseBackup.into(
                            connection,
                            BaseBackupOptions.labelled("it's a test")
                                    .withTablespaces((_, _) -> space),
                            target,
                            (done, total) -> {
                                assertThat(done).isBetween(0L, total);
                                reports.add(done);
                            });
            assertThat(connection.identifySystem().timeline()).isEqualTo(1);
        }
        assertThat(reports).isSorted().hasSizeGreaterThan(1);
        assertThat(result.startTimeline()).isEqualTo(1);
        assertThat(result.endTimeline()).isEqualTo(1);
        assertThat(result.startLsn()).isNotEqualTo(result.endLsn());
        assertThat(result.bytes()).isGreaterThan(20_000_000);
        assertThat(result.files()).isGreaterThan(900);
        assertThat(target.resolve("backup_label")).content().contains("LABEL: it's a test");
        assertThat(target.resolve("global/pg_control")).exists();
        assertThat(target.resolve("global/pg_control.incomplete")).doesNotExist();

        TestServer.giveToPostgres(home);
        try (var copy = TestServer.on(binaries, target)) {
            copy.run("pg_verifybackup", target.toString());
            copy.start();
            assertThat(copy.sql("SELECT count(*), count(DISTINCT name) FROM stone"))
                    .isEqualTo("50000|50000");
            assertThat(copy.sql("SELECT sum(n) FROM quick")).isEqualTo("500500");
            assertThat(
                            copy.sql(
                                    "SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname = 'fast'"))
                    .isEqualTo(space.toString());
        }
    }

    @Test
    void aCopyBecomesATimelineOfItsOwn() throws Exception {
        Path home = Files.createDirectory(work.resolve("standby"));
        Path target = home.resolve("data");
        Path space = home.resolve("space");
        backup(BaseBackupOptions.labelled("standby").withTablespaces((_, _) -> space), target);
        Files.writeString(target.resolve("standby.signal"), "");
        TestServer.giveToPostgres(home);
        try (var copy = TestServer.on(binaries, target)) {
            copy.start();
            copy.run("pg_ctl", "-D", target.toString(), "-w", "promote");
            copy.sql("CHECKPOINT");
            try (var connection = ReplicationConnection.open(copy.options())) {
                assertThat(connection.identifySystem().timeline()).isEqualTo(2);
                TimelineHistory history = connection.timelineHistory(2);
                assertThat(history.fileName()).isEqualTo("00000002.history");
                assertThat(history.content())
                        .isEqualTo(Files.readAllBytes(target.resolve("pg_wal/00000002.history")));
            }
        }
    }

    @Test
    void aTargetInUseIsRefusedAndTheSessionStaysUsable() throws Exception {
        Path target = Files.createDirectory(work.resolve("used"));
        Files.writeString(target.resolve("precious"), "data");
        try (var connection = connect()) {
            assertFails(
                    () ->
                            BaseBackup.into(
                                    connection,
                                    BaseBackupOptions.labelled("x"),
                                    target,
                                    Progress.ignored()),
                    WireException.Code.WIRE_TARGET);
            assertThat(connection.identifySystem().timeline()).isEqualTo(1);
        }
        assertThat(target.resolve("precious")).hasContent("data");
        // The tablespace's own directory is in use on this machine.
        assertFails(
                () -> backup(BaseBackupOptions.labelled("x"), work.resolve("unmapped")),
                WireException.Code.WIRE_TARGET);
    }

    @Test
    void closingTheConnectionCancelsAndLeavesNothingThatStarts() throws Exception {
        Path target = work.resolve("cancelled");
        Path space = work.resolve("cancelled-space");
        var options =
                BaseBackupOptions.labelled("cancelled")
                        .withTablespaces((_, _) -> space)
                        .withMaxRate(1024)
                        .withTimeouts(Duration.ofMinutes(5), Duration.ofMinutes(5));
        var connection = connect();
        assertFails(
                () ->
                        BaseBackup.into(
                                connection,
                                options,
                                target,
                                (done, _) -> {
                                    if (done > 0) {
                                        joined(Thread.ofVirtual().start(connection::close));
                                    }
                                }),
                WireException.Code.WIRE_CLOSED);
        assertThat(target.resolve("global/pg_control")).doesNotExist();
    }

    private static void joined(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aFullDiskIsNamed() throws Exception {
        Path small = Files.createDirectory(work.resolve("small"));
        boolean mounted =
                new ProcessBuilder(
                                        "mount",
                                        "-t",
                                        "tmpfs",
                                        "-o",
                                        "size=4m",
                                        "tmpfs",
                                        small.toString())
                                .redirectErrorStream(true)
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                .start()
                                .waitFor()
                        == 0;
        if (!mounted) {
            System.out.println("aFullDiskIsNamed skipped: tmpfs cannot be mounted here");
        }
        Assumptions.assumeTrue(mounted, "tmpfs cannot be mounted here");
        try {
            var options =
                    BaseBackupOptions.labelled("full")
                            .withTablespaces((_, _) -> work.resolve("full-space"));
            assertThatThrownBy(() -> backup(options, small.resolve("data")))
                    .isInstanceOfSatisfying(
                            WireException.class,
                            e -> assertThat(e.code()).isEqualTo(WireException.Code.WIRE_DISK_FULL))
                    .hasMessageContaining(small.toString())
                    .hasMessageContaining("bytes free");
        } finally {
            TestServer.exec("umount", small.toString());
        }
    }

    private void backup(BaseBackupOptions options, Path target) {
        try (var connection = connect()) {
            BaseBackup.into(connection, options, target, Progress.ignored());
        }
    }

    private static void assertServerError(Runnable action, String sqlState) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.sqlState()).contains(sqlState));
    }

    private static void assertFails(Runnable action, WireException.Code code) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
