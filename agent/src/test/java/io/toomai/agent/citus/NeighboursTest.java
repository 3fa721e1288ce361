package io.toomai.agent.citus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;
import io.toomai.dcs.DcsException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class NeighboursTest {
    private final AtomicBoolean wanted = new AtomicBoolean(true);
    private final AtomicInteger readings = new AtomicInteger();

    private Neighbours looking(Supplier<SortedMap<Integer, ClusterView>> store) {
        return Neighbours.start(
                new MemberName("pg1"),
                new Neighbours.Surroundings(
                        wanted::get,
                        _ -> {
                            readings.incrementAndGet();
                            return store.get();
                        },
                        () -> Duration.ofMillis(5)));
    }

    private static ClusterView group(String... apiUrls) {
        ClusterView empty = ClusterView.EMPTY;
        List<Member> members = new ArrayList<>();
        for (String url : apiUrls) {
            members.add(
                    new Member(
                            new MemberName("m" + members.size()),
                            "",
                            url,
                            MemberState.RUNNING,
                            MemberRole.REPLICA,
                            "4.1.4",
                            Member.Position.UNKNOWN,
                            Tags.NONE,
                            Set.of(),
                            Map.of(),
                            Map.of(),
                            Optional.empty()));
        }
        return new ClusterView(
                empty.initialize(),
                empty.config(),
                empty.leader(),
                members,
                empty.failover(),
                empty.sync(),
                empty.status(),
                empty.history(),
                empty.failsafe());
    }

    private void awaitTwoMoreReadings() {
        int before = readings.get();
        await().atMost(Duration.ofSeconds(30)).until(() -> readings.get() >= before + 2);
    }

    @Test
    void membersOfAllGroupsAreKnownAndStaySoWithoutTheStore() {
        AtomicBoolean away = new AtomicBoolean();
        try (Neighbours neighbours =
                looking(() -> {
                    if (away.get()) {
                        throw new DcsException(DcsException.Code.DCS_TIMEOUT, "away");
                    }
                    return new TreeMap<>(
                            Map.of(
                                    0, group("http://10.0.0.1:8008/patroni"),
                                    2, group("http://10.0.2.1:8008/patroni", "")));
                })) {
            awaitTwoMoreReadings();
            String[] both = {"http://10.0.0.1:8008/patroni", "http://10.0.2.1:8008/patroni"};
            assertThat(neighbours.apiUrls()).containsExactly(both);
            away.set(true);
            awaitTwoMoreReadings();
            assertThat(neighbours.apiUrls()).containsExactly(both);
            wanted.set(false);
            await().atMost(Duration.ofSeconds(30)).until(() -> neighbours.apiUrls().isEmpty());
        }
    }

    @Test
    void theStoreIsNotAskedWhereNobodyWantsToKnow() {
        wanted.set(false);
        AtomicInteger asked = new AtomicInteger();
        try (Neighbours neighbours =
                Neighbours.start(
                        new MemberName("pg1"),
                        new Neighbours.Surroundings(
                                () -> {
                                    asked.incrementAndGet();
                                    return wanted.get();
                                },
                                _ -> {
                                    throw new AssertionError("the store was asked");
                                },
                                () -> Duration.ofMillis(5)))) {
            await().atMost(Duration.ofSeconds(30)).until(() -> asked.get() > 3);
            assertThat(neighbours.apiUrls()).isEmpty();
        }
    }
}
