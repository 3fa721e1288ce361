package io.toomai.dcs.embedded;

import io.toomai.dcs.DcsException;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Timing;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.zookeeper.metrics.impl.NullMetricsProvider;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig.ConfigException;

/// The files ZooKeeper reads: `zoo.cfg`, the list of voters and `myid`, all in the data directory.
/// ZooKeeper itself rewrites the pointer to the list when voters change, so a list that says the
/// same as the settings is left alone.
final class StoreFiles {
    private static final String POINTER = "dynamicConfigFile";
    private static final String SERVER = "server.";
    private static final int KEPT_SNAPSHOTS = 3;

    private StoreFiles() {}

    static int keptSnapshots() {
        return KEPT_SNAPSHOTS;
    }

    static QuorumPeerConfig write(EmbeddedStoreSettings settings) {
        Path directory = settings.dataDir().toAbsolutePath();
        Path main = directory.resolve("zoo.cfg");
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("myid"), settings.myId() + "\n");
            Path voters = voterFile(settings, main);
            Files.writeString(main, mainText(settings, directory, voters));
            QuorumPeerConfig config = new QuorumPeerConfig();
            config.parse(main.toString());
            return config;
        } catch (IOException | ConfigException e) {
            throw new DcsException(
                    DcsException.Code.DCS_EMBEDDED,
                    "the embedded store cannot use its data directory "
                            + directory
                            + " (toomai.store): "
                            + e.getMessage(),
                    e);
        }
    }

    private static Path voterFile(EmbeddedStoreSettings settings, Path main) throws IOException {
        Map<String, String> wanted = new TreeMap<>();
        settings.voters()
                .forEach(voter ->
                        wanted.put(
                                SERVER + voter.id(),
                                "%s:%d:%d:participant;127.0.0.1:%d"
                                        .formatted(
                                                bracketed(voter.host()),
                                                voter.peerPort(),
                                                voter.electionPort(),
                                                voter.clientPort())));
        String pointer = read(main).getProperty(POINTER, "");
        if (!pointer.isEmpty() && wanted.equals(servers(read(Path.of(pointer))))) {
            return Path.of(pointer);
        }
        Path voters = main.resolveSibling("zoo.cfg.dynamic");
        Files.write(
                voters,
                wanted.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
        return voters;
    }

    private static Map<String, String> servers(Properties file) {
        return file.stringPropertyNames().stream()
                .filter(name -> name.startsWith(SERVER))
                .collect(
                        Collectors.toMap(
                                name -> name, file::getProperty, (a, _) -> a, TreeMap::new));
    }

    private static Properties read(Path file) throws IOException {
        Properties properties = new Properties();
        if (Files.exists(file)) {
            try (Reader reader = Files.newBufferedReader(file)) {
                properties.load(reader);
            }
        }
        return properties;
    }

    private static String bracketed(String host) {
        return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
    }

    private static String mainText(EmbeddedStoreSettings settings, Path directory, Path voters) {
        Timing timing = settings.timing();
        return String.join(
                "\n",
                List.of(
                        "# Written by Toomai at each start.",
                        "tickTime=" + timing.tick().toMillis(),
                        "initLimit=" + timing.initLimit(),
                        "syncLimit=" + timing.syncLimit(),
                        "minSessionTimeout=" + timing.minSession().toMillis(),
                        "maxSessionTimeout=" + timing.maxSession().toMillis(),
                        "dataDir=" + directory,
                        "standaloneEnabled=false",
                        "localSessionsEnabled=false",
                        "quorumListenOnAllIPs=false",
                        // Its own figures, which nobody reads, cost 2 MB in each agent.
                        "metricsProvider.className=" + NullMetricsProvider.class.getName(),
                        "autopurge.snapRetainCount=" + KEPT_SNAPSHOTS,
                        "autopurge.purgeInterval=1",
                        POINTER + "=" + voters,
                        ""));
    }
}
