package io.toomai.agent;

import io.toomai.agent.log.LogSetup;
import io.toomai.agent.server.NoServer;
import io.toomai.core.ha.Command;
import io.toomai.settings.LoadResult;
import io.toomai.settings.SettingsFile;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/// Runs a whole agent without PostgreSQL for a moment: voter, store, loop, REST. So the JVM's
/// start-up cache holds the classes of a real one, which makes it start sooner and smaller.
public final class Rehearsal {
    private static final Duration LENGTH = Duration.ofSeconds(6);

    private Rehearsal() {}

    /// @param folder empty; what the agent writes is left there
    /// @return exit status: 0 when the agent ran and ended as asked
    public static int run(Path folder) throws IOException, InterruptedException {
        List<Integer> ports = freePorts(5);
        LoadResult loaded = SettingsFile.parse(settings(folder, ports), "rehearsal", Map.of());
        if (!(loaded instanceof LoadResult.Loaded(var settings, _))) {
            throw new IllegalStateException(
                    "the rehearsal's own settings are not valid: " + loaded);
        }
        LogSetup.apply(settings.log());
        Agent agent = new Agent(folder, Map.of(), settings);
        Thread audience = Thread.ofPlatform().daemon().start(() -> watch(agent, ports.getFirst()));
        Command.EndAgent end = agent.run(new NoServer());
        audience.interrupt();
        return end.status() == Command.ExitStatus.ASKED ? 0 : 1;
    }

    private static void watch(Agent agent, int restPort) {
        long end = System.nanoTime() + LENGTH.toNanos();
        while (System.nanoTime() < end && !Thread.interrupted()) {
            for (String path : List.of("/patroni", "/cluster", "/health", "/why")) {
                ask(restPort, path);
            }
            java.util.concurrent.locks.LockSupport.parkNanos(300_000_000);
        }
        agent.stop();
    }

    private static void ask(int port, String path) {
        // The agent itself has no use for the JVM's HTTP client.
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) LENGTH.toMillis());
            String request = "GET " + path + " HTTP/1.0\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().readAllBytes();
        } catch (IOException e) {
            // Not up yet, or it says no: both are part of the play.
            return;
        }
    }

    /// Below the range from which the kernel takes a port for each connection that goes out: one of
    /// those could be gone again before the agent listens on it.
    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int attempt = 0; sockets.size() < count && attempt < 1_000; attempt++) {
                try {
                    sockets.add(
                            new ServerSocket(ThreadLocalRandom.current().nextInt(10_000, 32_000)));
                } catch (BindException _) {
                    // taken: another one
                }
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }

    private static String settings(Path folder, List<Integer> ports) {
        return """
        scope: rehearsal
        name: pg1
        restapi: {listen: '127.0.0.1:%d'}
        log: {dir: '%s'}
        bootstrap:
          dcs: {ttl: 5, loop_wait: 1, retry_timeout: 2}
        postgresql:
          listen: '127.0.0.1:%d'
          data_dir: '%s/data'
          authentication:
            superuser: {username: postgres, password: p}
            replication: {username: replicator, password: p}
        tags: {nofailover: true}
        watchdog: {mode: 'off'}
        toomai:
          data_dir: '%s'
          store:
            id: 1
            data_dir: '%s/store'
            voters: ['1@127.0.0.1:%d:%d:%d']
        """
                .formatted(
                        ports.get(0),
                        folder,
                        ports.get(1),
                        folder,
                        folder,
                        folder,
                        ports.get(2),
                        ports.get(3),
                        ports.get(4));
    }
}
