package io.toomai.agent.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.Command;
import io.toomai.core.ha.LocalPostgres;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// `primary_stop_timeout` on real PostgreSQL of every version that is here.
class StopIT {
    static List<PledgeNode.Host> hosts() {
        return PledgeNode.hosts();
    }

    @ParameterizedTest
    @MethodSource("hosts")
    void whatDoesNotStopInTimeIsKilled(PledgeNode.Host host)
            throws IOException, InterruptedException {
        try (PledgeNode node = new PledgeNode(host, "pg1")) {
            node.server.bootstrap(step -> {});
            node.await(LocalPostgres.Primary.class::isInstance);
            String frozen = Long.toString(node.postmaster());
            assertThat(new ProcessBuilder("kill", "-STOP", frozen).start().waitFor()).isZero();

            node.server.stop(
                    new Command.Stop(
                            Command.StopMode.FAST,
                            Command.Before.NOTHING,
                            Optional.of(Duration.ofSeconds(1))));

            assertThat(node.observe()).isInstanceOf(LocalPostgres.Stopped.class);
        }
    }
}
