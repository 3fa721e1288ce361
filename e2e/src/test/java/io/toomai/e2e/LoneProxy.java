package io.toomai.e2e;

import io.toomai.core.FreePorts;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// `toomai proxy FILE.yml` alone, as a process of its own.
record LoneProxy(Path file, int port, int metrics, Process process) implements AutoCloseable {

    /// Begins one, and waits until it leads to a primary.
    ///
    /// @param source lines that name members or a store, from their own columns on
    static LoneProxy start(TestCluster cluster, String name, String source) throws IOException {
        Path home = Files.createDirectory(cluster.folder().resolve(name));
        int port = FreePorts.next();
        int metrics = FreePorts.next();
        Path file =
                Files.writeString(home.resolve("proxy.yml"), settings(port, metrics, source, 8));
        if (Processes.isRoot()) {
            Processes.run("chown", "-R", "postgres:postgres", home.toString());
        }
        List<String> command = new ArrayList<>(Image.command());
        command.addAll(List.of("proxy", file.toString()));
        Process process =
                new ProcessBuilder(command)
                        .directory(home.toFile())
                        .redirectInput(new File("/dev/null"))
                        .redirectErrorStream(true)
                        .redirectOutput(home.resolve("log").toFile())
                        .start();
        LoneProxy lone = new LoneProxy(file, port, metrics, process);
        try {
            lone.awaitPrimary(name);
        } catch (AssertionError e) {
            lone.close();
            throw new AssertionError(lone.log(), e);
        }
        return lone;
    }

    private void awaitPrimary(String name) {
        Waiting.until(
                name + " leads to a primary",
                TestCluster.LONG,
                () -> {
                    try (Connection _ = ProxyClient.through(port)) {
                        return true;
                    } catch (SQLException e) {
                        return false;
                    }
                });
    }

    private static String settings(int port, int metrics, String source, int size) {
        return """
        scope: e2e
        postgresql:
          authentication:
            superuser: {username: postgres, password: sup}
        toomai:
          proxy:
            listen: 127.0.0.1:%d
            pgbouncer:
              pool_mode: transaction
              default_pool_size: %d
              metrics_port: %d
              admin_users: postgres
        %s
        """
                .formatted(port, size, metrics, source);
    }

    /// Other settings by SIGHUP.
    void reload(String source, int size) throws IOException {
        Files.writeString(file, settings(port, metrics, source, size));
        Processes.send(Processes.Signal.HUP, List.of(pid()));
    }

    /// The command may be run by way of another one that changes the user.
    private long pid() {
        return process.descendants().reduce((_, last) -> last).orElse(process.toHandle()).pid();
    }

    String log() throws IOException {
        return Files.readString(file.resolveSibling("log"));
    }

    /// In order, so that it leaves nothing behind: the second TERM does not wait for clients.
    @Override
    public void close() {
        Processes.send(Processes.Signal.TERM, List.of(pid()));
        Processes.send(Processes.Signal.TERM, List.of(pid()));
        try {
            process.onExit().get(30, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("the proxy does not end", e);
        } finally {
            process.destroyForcibly().onExit().join();
        }
    }
}
