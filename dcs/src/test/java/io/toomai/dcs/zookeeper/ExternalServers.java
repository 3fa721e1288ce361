package io.toomai.dcs.zookeeper;

import static org.awaitility.Awaitility.await;

import io.toomai.core.FreePorts;
import io.toomai.dcs.ServerProcesses;
import io.toomai.dcs.zookeeper.ZooKeeperServers.Nearness;
import io.toomai.dcs.zookeeper.ZooKeeperServers.Tls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;

/// Real servers of ZooKeeper 3.8 on free ports of the loopback, with their data in one folder. They
/// end with [#close].
final class ExternalServers extends ServerProcesses {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String VARIABLE = "TOOMAI_ZOOKEEPER38_LIB";
    private static final String USUAL = "/var/cache/toomai-test/zookeeper38";
    private static final Duration TICK = Duration.ofMillis(250);

    /// The longest session that they grant.
    static final Duration LONGEST = Duration.ofSeconds(60);

    private final Path lib;
    private final List<String> options;
    private final List<Integer> ports;

    private ExternalServers(Path lib, Path dir, List<String> options, List<Integer> ports) {
        super(dir);
        this.lib = lib;
        this.options = options;
        this.ports = ports;
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
        ExternalServers servers = new ExternalServers(lib, dir, options, FreePorts.next(count * 3));
        for (int i = 0; i < count; i++) {
            servers.configure(i, count);
        }
        servers.startAll(count);
        return servers;
    }

    private int clientPort(int server) {
        return ports.get(server * 3);
    }

    private Path configuration(int server) {
        return dir().resolve("z" + server + ".cfg");
    }

    private void configure(int server, int count) throws IOException {
        Path data = Files.createDirectories(dir().resolve("z" + server));
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
        if (count > 1) {
            for (int i = 0; i < count; i++) {
                lines.add(
                        "server.%d=127.0.0.1:%d:%d"
                                .formatted(i + 1, ports.get(i * 3 + 1), ports.get(i * 3 + 2)));
            }
            Files.writeString(data.resolve("myid"), String.valueOf(server + 1));
        }
        Files.write(configuration(server), lines);
    }

    @Override
    protected List<String> command(int server) {
        return List.of(
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
                configuration(server).toString());
    }

    @Override
    public String address(int server) {
        return "127.0.0.1:" + clientPort(server);
    }

    /// All, that one first.
    ZooKeeperServers from(int server) {
        return reached(
                IntStream.range(0, count())
                        .mapToObj(i -> address((server + i) % count()))
                        .collect(Collectors.joining(",")),
                Optional.empty());
    }

    /// That one alone.
    ZooKeeperServers only(int server) {
        return reached(address(server), Optional.empty());
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

    @Override
    protected boolean serves(int server) {
        return mode(server).isPresent();
    }

    @Override
    public int leading() {
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
        await("another ZooKeeper than " + silent + " leads, see " + dir())
                .atMost(PATIENCE)
                .until(() ->
                        IntStream.range(0, count())
                                .filter(server -> server != silent)
                                .anyMatch(this::leads));
    }
}
