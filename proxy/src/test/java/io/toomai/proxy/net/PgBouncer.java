package io.toomai.proxy.net;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.core.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A real PgBouncer. Runs as user `postgres` when the test is root, as PgBouncer wants it.
final class PgBouncer implements AutoCloseable {
    private static final String USUAL = "/var/cache/toomai-test/pgbouncer124/usr/sbin/pgbouncer";

    private final Process process;
    private final int port;

    private PgBouncer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    static Path program() {
        Path program =
                Path.of(Optional.ofNullable(System.getenv("TOOMAI_PGBOUNCER_BIN")).orElse(USUAL));
        assumeTrue(
                Files.isExecutable(program),
                () -> "no PgBouncer at " + program + " (TOOMAI_PGBOUNCER_BIN); dev/test gets it");
        return program;
    }

    /// Starts one that listens.
    ///
    /// @param ini where its file is to be, among files that `postgres` may read
    /// @param text all of it but the port
    static PgBouncer start(Path ini, String text) throws IOException {
        int port = FreePorts.next();
        Files.writeString(ini, text + "listen_port = " + port + "\n");
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(
                    List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"));
        }
        command.addAll(List.of(program().toString(), ini.toString()));
        Path log = ini.resolveSibling(ini.getFileName() + ".log");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        await().atMost(Duration.ofSeconds(60))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> {
                    if (!process.isAlive()) {
                        throw new IOException(Files.readString(log));
                    }
                    return listens(port);
                });
        return new PgBouncer(process, port);
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException _) {
            return false;
        }
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
