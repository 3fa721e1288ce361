package io.toomai.dcs.embedded;

import io.toomai.dcs.DcsException;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Timing;
import io.toomai.dcs.embedded.Membership.Member;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.zookeeper.metrics.impl.NullMetricsProvider;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig.ConfigException;

/// The files ZooKeeper reads: `zoo.cfg`, the list of members and `myid`, all in the data directory.
/// ZooKeeper records each change of membership in a new list and points to it. What it has recorded
/// is never replaced by what the settings say: two members that follow different lists could be two
/// stores.
final class StoreFiles {
    private static final String POINTER = "dynamicConfigFile";
    private static final String OURS = "zoo.cfg.dynamic";
    private static final int KEPT_SNAPSHOTS = 3;

    private final EmbeddedStoreSettings settings;
    private final Path directory;
    private final Path main;

    StoreFiles(EmbeddedStoreSettings settings) {
        this.settings = settings;
        this.directory = settings.dataDir().toAbsolutePath();
        this.main = directory.resolve("zoo.cfg");
    }

    static int keptSnapshots() {
        return KEPT_SNAPSHOTS;
    }

    Path directory() {
        return directory;
    }

    /// @throws DcsException when the directory is another member's or cannot be written
    void prepare() {
        try {
            Files.createDirectories(directory);
            Path number = directory.resolve("myid");
            String mine = String.valueOf(settings.myId());
            if (Files.exists(number) && !Files.readString(number).strip().equals(mine)) {
                throw new IOException(
                        "it is that of member %s, and toomai.store.id is %s: a member that takes another's number may vote twice; set the id back, or give this one an empty directory"
                                .formatted(Files.readString(number).strip(), mine));
            }
            StartRecord.durably(number, mine + "\n");
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    DcsException unusable(Exception e) {
        return new DcsException(
                DcsException.Code.DCS_EMBEDDED,
                "the embedded store cannot use its data directory "
                        + directory
                        + " (toomai.store): "
                        + e.getMessage(),
                e);
    }

    /// Whether ZooKeeper has written anything, be it a piece of its first snapshot.
    boolean hasData() throws IOException {
        return !data().isEmpty();
    }

    private List<Path> data() throws IOException {
        List<Path> found = new ArrayList<>();
        Path folder = directory.resolve("version-2");
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> files =
                    Files.newDirectoryStream(folder, "{snapshot,log}.*")) {
                files.forEach(found::add);
            }
        }
        return found;
    }

    /// ZooKeeper does not wait for the disk with its first snapshot.
    void forceData() throws IOException {
        for (Path file : data()) {
            StartRecord.force(file);
        }
        StartRecord.force(directory.resolve("version-2"));
    }

    /// Lets a voter without data vote. ZooKeeper takes the mark away when it starts; without it, it
    /// takes part only after a leader has given it the data.
    void allowEmpty() throws IOException {
        StartRecord.durably(directory.resolve("initialize"), "");
    }

    void forbidEmpty() throws IOException {
        Files.deleteIfExists(directory.resolve("initialize"));
    }

    /// The membership that this member would start with; empty when it never started.
    Optional<Membership> recorded() throws IOException {
        Optional<Path> file = listFile();
        return file.isPresent()
                ? Optional.of(Membership.parse(Files.readString(file.get())))
                : Optional.empty();
    }

    private Optional<Path> listFile() throws IOException {
        Properties properties = new Properties();
        if (Files.exists(main)) {
            try (Reader reader = Files.newBufferedReader(main)) {
                properties.load(reader);
            }
        }
        String pointer = properties.getProperty(POINTER, "");
        // A directory that was moved has an old path inside.
        Optional<Path> named =
                Optional.of(pointer)
                        .filter(path -> !path.isEmpty())
                        .map(path -> directory.resolve(Path.of(path).getFileName()))
                        .filter(Files::exists);
        return named.isPresent() ? named : newestList();
    }

    private Optional<Path> newestList() throws IOException {
        List<Path> lists = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, OURS + "*")) {
            for (Path file : files) {
                if (!file.toString().endsWith(".new")) {
                    lists.add(file);
                }
            }
        }
        return lists.stream().max(Comparator.comparingLong(StoreFiles::versionIn));
    }

    private static long versionIn(Path list) {
        String name = list.toString();
        String version = name.substring(name.lastIndexOf(OURS) + OURS.length());
        return version.matches("\\.[0-9a-f]{1,16}")
                ? Long.parseUnsignedLong(version.substring(1), 16)
                : 0;
    }

    /// Starts from what is recorded. Only where this member's own clients reach it may change: that
    /// concerns nobody else.
    QuorumPeerConfig keep() throws IOException {
        Optional<Path> list = listFile();
        if (list.isEmpty()) {
            return replace(Membership.listed(settings));
        }
        Membership recorded = Membership.parse(Files.readString(list.get()));
        Optional<Member> known = recorded.member(settings.myId());
        String clients = settings.clients().listen().toString();
        if (known.isPresent() && !known.get().clients().equals(clients)) {
            write(list.get(), recorded.with(known.get().servingAt(clients)));
        }
        return point(list.get());
    }

    /// Starts from that membership. For a member without data only, and where an operator has
    /// decided that the recorded one is lost.
    QuorumPeerConfig replace(Membership membership) throws IOException {
        Path list = directory.resolve(OURS);
        write(list, membership);
        return point(list);
    }

    private static void write(Path list, Membership membership) throws IOException {
        StartRecord.durably(list, String.join("\n", membership.lines()) + "\n");
    }

    private QuorumPeerConfig point(Path list) throws IOException {
        StartRecord.durably(main, mainText(list));
        QuorumPeerConfig config = new QuorumPeerConfig();
        try {
            config.parse(main.toString());
        } catch (ConfigException e) {
            throw new IOException(e.getMessage(), e);
        }
        return config;
    }

    private String mainText(Path list) {
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
                        "reconfigEnabled=true",
                        "sslQuorum=" + settings.tls().isPresent(),
                        "localSessionsEnabled=false",
                        "quorumListenOnAllIPs=false",
                        // Its own figures, which nobody reads, cost 2 MB in each agent.
                        "metricsProvider.className=" + NullMetricsProvider.class.getName(),
                        "autopurge.snapRetainCount=" + KEPT_SNAPSHOTS,
                        "autopurge.purgeInterval=1",
                        POINTER + "=" + list,
                        ""));
    }
}
