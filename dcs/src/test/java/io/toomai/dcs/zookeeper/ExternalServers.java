package io.toomai.dcs.zookeeper;

import static org.awaitility.Awaitility.await;

import io.toomai.dcs.zookeeper.ZooKeeperServers.Nearness;
import io.toomai.dcs.zookeeper.ZooKeeperServers.Tls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;

/// Real servers of ZooKeeper 3.8 on free ports of the loopback, with their data in one folder. They
/// end with [#close].
final class ExternalServers implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String VARIABLE = "TOOMAI_ZOOKEEPER38_LIB";
    private static final String USUAL = "/var/cache/toomai-test/zookeeper38";
    private static final Duration TICK = Duration.ofMillis(250);

    /// The longest session that they grant.
    static final Duration LONGEST = Duration.ofSeconds(60);

    private final Path lib;
    private final Path dir;
    private final List<String> options;
    private final List<Integer> ports = new ArrayList<>();
    private final List<Process> processes = new ArrayList<>();

    private ExternalServers(Path lib, Path dir, List<String> options) {
        this.lib = lib;
        this.dir = dir;
        this.options = options;
    }

    static ExternalServers start(Path dir, int count) throws IOException {
        return start(dir, count, List.of());
    }

    /// Skips the test where there is no ZooKeeper.
    ///
    /// @param options lines for the server's configuration
    static ExternalServers start(Path dir, int count, List<String> options) throws IOException {
        Path lib = Path.of(Optional.ofNullable(System.getenv(VARIABLE)).orElse(USUAL));
        Assumptions.assumeTrue(
                Files.isReadable(lib.resolve("zookeeper.jar")),
                () -> "no ZooKeeper 3.8 in " + lib + " (" + VARIABLE + "); dev/test gets it");
        ExternalServers servers = new ExternalServers(lib, dir, options);
        servers.ports.addAll(freePorts(count * 3));
        for (int i = 0; i < count; i++) {
            servers.processes.add(servers.launch(i));
        }
        servers.awaitServing();
        return servers;
    }

    static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }

    int count() {
        return ports.size() / 3;
    }

    private int clientPort(int server) {
        return ports.get(server * 3);
    }

    private Process launch(int server) throws IOException {
        Path data = Files.createDirectories(dir.resolve("z" + server));
        List<String> lines = new ArrayList<>(options);
        lines.add("tickTime=" + TICK.toMillis());
        lines.add("initLimit=40");
        lines.add("syncLimit=4");
        lines.add("maxSessionTimeout=" + LONGEST.toMillis());
        lines.add("maxClientCnxns=0");
        lines.add("dataDir=" + data);
        lines.add("clientPort=" + clientPort(server));
        lines.add("clientPortAddress=127.0.0.1");
        lines.add("admin.enableServer=false");
        if (count() > 1) {
            for (int i = 0; i < count(); i++) {
                lines.add(
                        "server.%d=127.0.0.1:%d:%d"
                                .formatted(i + 1, ports.get(i * 3 + 1), ports.get(i * 3 + 2)));
            }
            Files.writeString(data.resolve("myid"), String.valueOf(server + 1));
        }
        Path configuration = Files.write(dir.resolve("z" + server + ".cfg"), lines);
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-Dzookeeper.cnxTimeout=500",
                        "-Dzookeeper.fastleader.maxNotificationInterval=800", // not a minute
                        "-Dzookeeper.forceSync=no", // the machine stays up
                        "-cp",
                        lib.resolve("*").toString(),
                        "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                        configuration.toString())
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(
                                dir.resolve("z" + server + ".log").toFile()))
                .start();
    }

    /// All, that one first.
    ZooKeeperServers from(int server) {
        return reached(
                IntStream.range(0, count())
                        .mapToObj(i -> "127.0.0.1:" + clientPort((server + i) % count()))
                        .collect(Collectors.joining(",")),
                Optional.empty());
    }

    /// That one alone.
    ZooKeeperServers only(int server) {
        return reached("127.0.0.1:" + clientPort(server), Optional.empty());
    }

    static ZooKeeperServers reached(String connectString, Optional<Tls> tls) {
        return new ZooKeeperServers(connectString, TICK, Duration.ZERO, Nearness.ANOTHERS, tls);
    }

    /// What that server is: leader, follower or standalone; empty while it serves nobody.
    Optional<String> mode(int server) {
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), clientPort(server)),
                    2000);
            socket.setSoTimeout(2000);
            socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> line.startsWith("Mode: "))
                    .map(line -> line.substring("Mode: ".length()))
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    void awaitServing() {
        for (int i = 0; i < count(); i++) {
            awaitServing(i);
        }
    }

    private void awaitServing(int server) {
        await("ZooKeeper " + server + " serves, see " + dir)
                .atMost(PATIENCE)
                .until(() -> mode(server).isPresent());
    }

    int leading() {
        return IntStream.range(0, count())
                .filter(this::leads)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no server leads"));
    }

    private boolean leads(int server) {
        return mode(server).equals(Optional.of("leader"));
    }

    /// @param silent a server that is not asked
    void awaitAnotherLeader(int silent) {
        await("another ZooKeeper than " + silent + " leads, see " + dir)
                .atMost(PATIENCE)
                .until(() ->
                        IntStream.range(0, count())
                                .filter(server -> server != silent)
                                .anyMatch(this::leads));
    }

    int following() {
        return (leading() + 1) % count();
    }

    void kill(int server) throws InterruptedException {
        if (!processes.get(server).destroyForcibly().waitFor(20, TimeUnit.SECONDS)) {
            throw new AssertionError("ZooKeeper " + server + " does not end");
        }
    }

    void restart(int server) throws IOException {
        if (!processes.get(server).isAlive()) {
            processes.set(server, launch(server));
        }
        awaitServing(server);
    }

    void freeze(int server) throws Exception {
        signal(server, "STOP");
    }

    void unfreeze(int server) throws Exception {
        signal(server, "CONT");
    }

    void thaw(int server) throws Exception {
        unfreeze(server);
        awaitServing(server);
    }

    private void signal(int server, String name) throws Exception {
        int code =
                new ProcessBuilder("kill", "-" + name, Long.toString(processes.get(server).pid()))
                        .start()
                        .waitFor();
        if (code != 0) {
            throw new AssertionError("kill -" + name + " failed");
        }
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        processes.forEach(process -> process.onExit().join());
    }
}
