package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who has left when the proxy sees that somebody came. The system knows no address of theirs any
/// more, and what they sent can still be read.
class GoneAtOnceIT {
    private static final int MANY = 20;

    /// No address means a Unix socket elsewhere, whose clients are often trusted.
    @Test
    void nobodyWhoCameByTheNetworkCountsAsLocal(@TempDir Path directory) throws Exception {
        Path sockets = Files.createTempDirectory(Path.of("/tmp"), "toomai-s");
        Files.setPosixFilePermissions(sockets, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path rules =
                Files.writeString(
                        directory.resolve("hba"), "local all all trust\nhost all all all reject\n");
        String settings =
                "unix_socket_dir = %s\nauth_type = hba\nauth_hba_file = %s"
                        .formatted(sockets, rules);
        try (House house = House.open(directory, settings)) {
            // With a server at hand, a login and its first query need a single turn.
            locally(house, sockets, "CREATE TABLE strangers (n int)");
            leaveWhileNobodyLooks(house, "INSERT INTO strangers VALUES (1)");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() ->
                            house.proxy().<Integer>ask(premises -> premises.newcomers().count())
                                    == 0);
            assertThat(locally(house, sockets, "SELECT count(*) FROM strangers")).isEqualTo("0");
        } finally {
            Files.deleteIfExists(sockets);
        }
    }

    private static String locally(House house, Path sockets, String query) throws IOException {
        return house.run("psql", "-XAtqc", query, "-h", sockets.toString(), "postgres");
    }

    private static void leaveWhileNobodyLooks(House house, String query) throws Exception {
        CountDownLatch looksAway = new CountDownLatch(1);
        CountDownLatch looksAgain = new CountDownLatch(1);
        try (var aside = Executors.newVirtualThreadPerTaskExecutor()) {
            var loop =
                    aside.submit(() ->
                            house.proxy()
                                    .ask(_ -> {
                                        looksAway.countDown();
                                        await(looksAgain);
                                        return true;
                                    }));
            assertThat(looksAway.await(60, TimeUnit.SECONDS)).isTrue();
            try {
                for (int i = 0; i < MANY; i++) {
                    comeAndGo(house.port(), query);
                }
            } finally {
                looksAgain.countDown();
            }
            assertThat(loop.get()).isTrue();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void comeAndGo(int port, String query) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoLinger(true, 0); // leaves by a reset
            socket.getOutputStream().write(RawClient.start("postgres"));
            socket.getOutputStream().write(RawClient.query(query));
        }
    }
}
