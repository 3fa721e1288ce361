package io.toomai.agent.citus;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Member;
import io.toomai.core.model.MemberName;
import io.toomai.dcs.DcsException;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the REST APIs of all groups' members are, as the store said last. A thread of its own
/// reads the store once in each `loop_wait`, and only while somebody wants to know, so that no REST
/// call ever waits for the store. What was known stays known while the store is away.
final class Neighbours implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Neighbours.class);
    private static final Duration STORE = Duration.ofSeconds(3);

    private final MemberName me;
    private final Surroundings around;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread worker;
    private volatile List<String> apiUrls = List.of();

    /// @param wanted whether anybody asks at all (`restapi.allowlist_include_members`)
    /// @param groups reads the store within that time
    /// @param loopWait between two readings
    record Surroundings(
            BooleanSupplier wanted,
            Function<Duration, SortedMap<Integer, ClusterView>> groups,
            Supplier<Duration> loopWait) {}

    private Neighbours(MemberName me, Surroundings around) {
        this.me = me;
        this.around = around;
        this.worker = Thread.ofVirtual().name(me + "-groups").unstarted(this::run);
    }

    /// Begins to look.
    static Neighbours start(MemberName me, Surroundings around) {
        Neighbours neighbours = new Neighbours(me, around);
        neighbours.worker.start();
        return neighbours;
    }

    /// Of every member that has published one. Returns at once; any thread.
    List<String> apiUrls() {
        return apiUrls;
    }

    private void run() {
        try {
            do {
                look();
            } while (!closed.await(around.loopWait().get().toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        if (!around.wanted().getAsBoolean()) {
            apiUrls = List.of();
            return;
        }
        try {
            apiUrls =
                    around.groups().apply(STORE).values().stream()
                            .flatMap(cluster -> cluster.members().stream())
                            .map(Member::apiUrl)
                            .filter(url -> !url.isEmpty())
                            .distinct()
                            .toList();
        } catch (DcsException e) {
            log.debug("{}: the other groups of Citus cannot be read now: {}", me, e.getMessage());
        }
    }

    /// The thread ends soon.
    @Override
    public void close() {
        closed.countDown();
        worker.interrupt();
    }
}
