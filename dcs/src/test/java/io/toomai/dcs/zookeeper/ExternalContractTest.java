package io.toomai.dcs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The contract on one server of ZooKeeper 3.8, whose watches do not tell of which transaction they
/// are.
class ExternalContractTest extends ZooKeeperContractKit {
    @RegisterExtension private static final ExternalEnsemble ENSEMBLE = new ExternalEnsemble(1);

    @Override
    ZooKeeperServers servers() {
        return ENSEMBLE.servers().from(0);
    }

    @Test
    void theTtlThatTheServerGrantsCounts() {
        try (ZooKeeperDcs dcs = openAt(servers(), PG1)) {
            assertHeld(dcs.acquireLeader(TIMEOUT));
            dcs.changeTtl(ExternalServers.LONGEST.multipliedBy(2));
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> dcs.grantedTtl().equals(ExternalServers.LONGEST));
            assertHeld(dcs.renewLeader(TIMEOUT));
            assertThat(read(dcs).leader().isHeldBy(PG1)).isTrue();
        }
    }
}
