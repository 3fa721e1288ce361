package io.toomai.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.agent.loop.HaLoop;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.model.MemberName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The bed of `dev/bench members` really is a cluster: five agents on a real etcd.
class CrowdIT {
    private static final int MEMBERS = 5;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String QUICK =
            "{ttl: 20, loop_wait: 1, retry_timeout: 3, synchronous_mode: false}";

    @SuppressWarnings("NullAway.Init") // set by JUnit
    @TempDir
    private Path folder;

    private final ConcurrentHashMap<MemberName, HaLoop.Cycle> latest = new ConcurrentHashMap<>();

    @Test
    void oneLeadsAllAreSeenAndTheLeadMovesWhenTheLeaderStops() throws IOException {
        assumeTrue(
                OneEtcd.isInstalled(),
                () -> "no etcd at " + OneEtcd.program() + " (TOOMAI_ETCD35_BIN); dev/test gets it");
        try (OneEtcd etcd = OneEtcd.start(folder);
                Crowd crowd = new Crowd(new Crowd.Plan(etcd, QUICK, folder))) {
            for (int i = 0; i < MEMBERS; i++) {
                crowd.add(Agent.Ears.OPEN, cycle -> latest.put(cycle.view().me(), cycle));
            }
            await().atMost(PATIENCE).until(() -> isWhole(crowd, MEMBERS));
            MemberName first = crowd.primaries().getFirst();

            crowd.stop(first);
            latest.remove(first);

            await().atMost(PATIENCE).until(() -> isWhole(crowd, MEMBERS - 1));
            assertThat(crowd.primaries()).doesNotContain(first);
        }
    }

    /// One primary runs, it holds the key, and everybody sees it and the others stream from it.
    private boolean isWhole(Crowd crowd, int members) {
        List<MemberName> primaries = crowd.primaries();
        return primaries.size() == 1
                && latest.size() == members
                && latest.values().stream()
                        .map(cycle -> cycle.view().cluster())
                        .allMatch(seen -> shows(seen, primaries.getFirst(), members));
    }

    private static boolean shows(ClusterView seen, MemberName leader, int members) {
        return seen.leader() instanceof LeaderKey.HeldBy held
                && held.leader().equals(leader)
                && seen.members().stream().filter(Member::isRunning).count() == members
                && seen.members().stream().filter(m -> m.role() == MemberRole.PRIMARY).count() == 1;
    }
}
