package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.wire.TestServer;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Edge 30: programs that replicate, through the proxy, while the only server of the pool is taken.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ReplicationIT {
    private TestServer server;
    private House house;
    private Path directory;
    private RawClient busy;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        this.directory = directory;
        server =
                TestServer.create(
                        TestServer.binaries().orElseThrow(),
                        directory.resolve("data"),
                        "wal_level = logical\n");
        server.start();
        server.sql("CREATE TABLE t AS SELECT n FROM generate_series(1, 1000) n");
        house = House.open(server, directory, "default_pool_size = 1\nauth_type = plain");
        busy = RawClient.postgres(house.port());
        assertThat(busy.ask("BEGIN").words()).endsWith("Z T\n");
    }

    @AfterAll
    void close() throws Exception {
        busy.close();
        house.close();
        server.close();
    }

    private Path made(String name) {
        return directory.resolve(name);
    }

    @Test
    void edge30ABackup() throws Exception {
        Path backup = made("backup");
        house.run("pg_basebackup", "-D", backup.toString(), "-X", "stream", "-c", "fast");
        assertThat(Files.readString(backup.resolve("PG_VERSION")).strip()).isNotEmpty();
        house.run("pg_verifybackup", backup.toString());
    }

    @Test
    void edge30AStreamOfWal() throws Exception {
        Path wal = Files.createDirectory(made("wal"));
        Files.setPosixFilePermissions(wal, PosixFilePermissions.fromString("rwxrwxrwx"));
        server.sql("SELECT pg_switch_wal()");
        String begins = server.sql("SELECT pg_current_wal_lsn()");
        server.sql("CREATE TABLE streamed AS SELECT n FROM generate_series(1, 10000) n");
        String ends = server.sql("SELECT pg_current_wal_flush_lsn()");
        house.run("pg_receivewal", "-D", wal.toString(), "--endpos=" + ends, "--no-loop");
        try (Stream<Path> files = Files.list(wal)) {
            assertThat(files.map(Path::toFile).map(File::getName)).isNotEmpty();
        }
        assertThat(begins).isNotEqualTo(ends);
    }

    @Test
    void edge30ALogicalStream() throws Exception {
        Path out = made("logical.out");
        String[] slot = {"-S", "through_the_proxy", "-d", "postgres"};
        house.run("pg_recvlogical", slot[0], slot[1], slot[2], slot[3], "--create-slot");
        server.sql("CREATE TABLE decoded (word text)");
        server.sql("INSERT INTO decoded VALUES ('through the proxy')");
        String ends = server.sql("SELECT pg_current_wal_flush_lsn()");
        server.sql("INSERT INTO decoded VALUES ('behind the end')");
        house.run(
                "pg_recvlogical",
                slot[0],
                slot[1],
                slot[2],
                slot[3],
                "--start",
                "--no-loop",
                "--endpos=" + ends,
                "-f",
                out.toString());
        assertThat(Files.readString(out)).contains("through the proxy");
        house.run("pg_recvlogical", slot[0], slot[1], slot[2], slot[3], "--drop-slot");
    }

    @Test
    void edge30ASubscription() throws Exception {
        server.sql("CREATE TABLE shared AS SELECT n FROM generate_series(1, 1000) n");
        server.sql("CREATE PUBLICATION shares FOR TABLE shared");
        try (TestServer subscriber =
                TestServer.create(
                        TestServer.binaries().orElseThrow(), directory.resolve("subscriber"), "")) {
            subscriber.start();
            subscriber.sql("CREATE TABLE shared (n int)");
            subscriber.sql(
                    "CREATE SUBSCRIPTION subscribes CONNECTION 'host=127.0.0.1 port=%d user=postgres password=''%s'' dbname=postgres' PUBLICATION shares"
                            .formatted(house.port(), TestServer.PASSWORD));
            awaitRows(subscriber, 1000);
            server.sql("INSERT INTO shared VALUES (1001)");
            awaitRows(subscriber, 1001);
            subscriber.sql("DROP SUBSCRIPTION subscribes");
            assertThat(
                            server.sql(
                                    "SELECT count(*) FROM pg_replication_slots"
                                            + " WHERE slot_name = 'subscribes'"))
                    .isEqualTo("0");
        }
    }

    private static void awaitRows(TestServer at, int count) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> at.sql("SELECT count(*) FROM shared").equals(String.valueOf(count)));
    }

    /// Queries on a connection that replicates, and a cancel.
    @Test
    void edge30AWalSenderTalksAndCanBeCanceled() throws Exception {
        try (RawClient sender = RawClient.replicating(house.port(), "database")) {
            assertThat(sender.ask("IDENTIFY_SYSTEM").words())
                    .contains("systemid")
                    .contains("postgres");
            sender.send(RawClient.query("SELECT pg_sleep(300)"));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(40))
                    .until(() ->
                            server.sql(
                                            "SELECT count(*) FROM pg_stat_activity WHERE query ="
                                                    + " 'SELECT pg_sleep(300)' AND state = 'active'")
                                    .equals("1"));
            RawClient.cancel(house.port(), sender.cancelRequest());
            assertThat(sender.answer().words()).contains("C57014");
        }
    }
}
