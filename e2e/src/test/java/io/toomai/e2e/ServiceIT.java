package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.e2e.Processes.Signal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// The agent as a service of systemd: what it tells the manager, and what a restart leaves alone.
class ServiceIT {
    /// Prints the datagrams that arrive at a socket, a line each.
    private static final String LISTENER =
            """
            import socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            name = sys.argv[1]
            s.bind('\\0' + name[1:] if name.startswith('@') else name)
            print('listening', flush=True)
            while True:
                print(s.recv(4096).decode().replace('\\n', ' '), flush=True)
            """;

    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @TempDir private Path dir;

    private Process listener(String socket, Path heard) throws IOException {
        String python = Optional.ofNullable(System.getenv("TOOMAI_PYTHON")).orElse("python3");
        return new ProcessBuilder(python, "-c", LISTENER, socket)
                .redirectErrorStream(true)
                .redirectOutput(heard.toFile())
                .start();
    }

    private static void awaitHeard(Path heard, String... patterns) {
        Waiting.untilAsserted(
                "the service manager hears " + List.of(patterns),
                Duration.ofSeconds(60),
                () -> {
                    List<String> lines = Files.readAllLines(heard);
                    assertThat(lines).hasSize(patterns.length);
                    for (int i = 0; i < patterns.length; i++) {
                        assertThat(lines.get(i)).matches(patterns[i]);
                    }
                });
    }

    @Test
    void theServiceManagerIsTold() throws IOException {
        String socket = "@toomai-test-" + ProcessHandle.current().pid();
        String reloading = "RELOADING=1 MONOTONIC_USEC=\\d+";
        Path heard = dir.resolve("heard");
        Process listener = listener(socket, heard);
        try {
            awaitHeard(heard, "listening");
            TestCluster cluster = CLUSTERS.own(new Plan(Postgres.V15, 1, "false", 30));
            TestNode node = cluster.nodes().getFirst();
            // Whoever runs this may ignore SIGHUP, and what is ignored is inherited.
            node.start(List.of("env", "--default-signal=HUP", "NOTIFY_SOCKET=" + socket));
            awaitHeard(heard, "listening", "READY=1");
            cluster.awaitHealthy();
            node.signalAgent(Signal.HUP);
            awaitHeard(heard, "listening", "READY=1", reloading, "READY=1");
            node.signalAgent(Signal.TERM);
            awaitHeard(heard, "listening", "READY=1", reloading, "READY=1", "STOPPING=1");
            assertThat(node.awaitEnd(Duration.ofSeconds(60))).isZero();
        } finally {
            listener.destroyForcibly().onExit().join();
        }
    }

    /// As systemd does with `KillMode=process` when the agent alone is killed.
    @Test
    void aRestartOfTheAgentLeavesPostgresAlone() throws Exception {
        TestCluster cluster = CLUSTERS.own(new Plan(Postgres.V15, 1, "false", 30)).start();
        TestNode node = cluster.leader();
        long postmaster = node.postmasterPid().orElseThrow();
        try (RowWriter writer = RowWriter.on(cluster)) {
            writer.awaitProgress();
            node.signalAgent(Signal.KILL);
            node.start();
            cluster.awaitHealthy();
            writer.awaitProgress();
            writer.assertNothingLost(node);
        }
        assertThat(node.postmasterPid()).contains(postmaster);
    }

    @Test
    void theUnitIsOneThatSystemdTakes() throws Exception {
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/systemd-analyze")), "no systemd-analyze here");
        String unit =
                Files.readString(Path.of("..", "dist", "toomai.service"))
                        .replaceAll("ExecStart=\\S+", "ExecStart=/bin/true")
                        .replace("User=postgres", "User=root")
                        .replace("Group=postgres", "Group=root");
        Path copy = Files.writeString(dir.resolve("toomai.service"), unit);
        Process check =
                new ProcessBuilder("systemd-analyze", "verify", "--man=no", copy.toString())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(check.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(said.lines().filter(line -> line.contains("toomai.service"))).isEmpty();
    }
}
