package io.toomai.dcs.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.core.FreePorts;
import io.toomai.core.model.MemberName;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Clients;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Timing;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Voter;
import io.toomai.dcs.zookeeper.ZooKeeperAccess;
import io.toomai.dcs.zookeeper.ZooKeeperDcs;
import io.toomai.dcs.zookeeper.ZooKeeperServers;
import io.toomai.dcs.zookeeper.ZooKeeperSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Members of embedded stores in this JVM, each with its own ports and folder. For one thread.
final class TestStores implements AutoCloseable {
    static final Duration LONG = Duration.ofSeconds(90);
    static final Duration TIMEOUT = Duration.ofSeconds(20);
    static final Duration TTL = Duration.ofSeconds(4);

    private final Path folder;
    private final Map<Integer, Voter> addresses = new TreeMap<>();
    private final Map<Integer, EmbeddedStore> running = new TreeMap<>();

    TestStores(Path folder, int count) {
        this.folder = folder;
        for (int id = 1; id <= count; id++) {
            addresses.put(
                    id,
                    new Voter(
                            id, "127.0.0.1", FreePorts.next(), FreePorts.next(), FreePorts.next()));
        }
    }

    private Voter address(int id) {
        return Objects.requireNonNull(addresses.get(id));
    }

    List<Voter> voters(Integer... ids) {
        return Arrays.stream(ids).map(this::address).toList();
    }

    Path directory(int id) {
        return folder.resolve("v" + id);
    }

    EmbeddedStoreSettings settings(int id, Integer... voters) {
        return new EmbeddedStoreSettings(id, directory(id), voters(voters), Timing.DEFAULT);
    }

    EmbeddedStoreSettings observer(int id, Integer... voters) {
        return new EmbeddedStoreSettings(
                id,
                directory(id),
                voters(voters),
                voters(id),
                Timing.DEFAULT,
                Optional.empty(),
                Clients.onLoopback(address(id).clientPort()));
    }

    EmbeddedStore start(EmbeddedStoreSettings settings) {
        EmbeddedStore store = EmbeddedStore.start(settings);
        running.put(settings.myId(), store);
        return store;
    }

    void start(List<Integer> ids, Integer... voters) {
        ids.forEach(id -> start(settings(id, voters)));
    }

    EmbeddedStore get(int id) {
        return Objects.requireNonNull(running.get(id));
    }

    void stop(int id) {
        get(id).close();
        running.remove(id);
    }

    void wipe(int id) {
        stop(id);
        delete(directory(id));
    }

    static void delete(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void awaitServing(Integer... ids) {
        for (int id : ids) {
            assertThat(get(id).awaitServing(LONG)).as("voter " + id + " serves").isTrue();
        }
    }

    /// Waits until each of the running members knows exactly these voters.
    void awaitVoters(Integer... ids) {
        await().atMost(LONG)
                .untilAsserted(() ->
                        running.values()
                                .forEach(store ->
                                        assertThat(
                                                        store.membership().voters().stream()
                                                                .map(Membership.Member::id))
                                                .containsExactly(ids)));
    }

    int index(StoreState state) {
        await().atMost(LONG)
                .until(() -> running.values().stream().anyMatch(s -> s.state() == state));
        return running.entrySet().stream()
                .filter(entry -> entry.getValue().state() == state)
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    ZooKeeperDcs open(int id, String member) {
        return ZooKeeperDcs.open(
                new ZooKeeperSettings(
                        new ZooKeeperServers(
                                "127.0.0.1:" + address(id).clientPort(),
                                Timing.DEFAULT.tick(),
                                Duration.ZERO,
                                ZooKeeperServers.Nearness.OWN_VOTER,
                                Optional.empty()),
                        ZooKeeperAccess.OPEN,
                        "/service/grow/",
                        new MemberName(member),
                        TTL));
    }

    static String config(Dcs dcs) {
        return dcs.read(Dcs.ReadMode.LINEARIZABLE, TIMEOUT).config().orElseThrow().value();
    }

    @Override
    public void close() {
        running.values().forEach(EmbeddedStore::close);
    }
}
