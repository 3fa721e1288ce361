package io.toomai.agent.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.Command;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.Upstream;
import io.toomai.core.ha.WalEnd;
import io.toomai.core.model.Lsn;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Where WAL ends, asked of real PostgreSQL between two observations.
class WalEndIT {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration SHORT = Duration.ofMillis(300);

    static List<PledgeNode.Host> hosts() {
        return PledgeNode.hosts();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void isOfThisMomentOrNotTold(PledgeNode.Host host) throws Exception {
        try (PledgeNode node = new PledgeNode(host, "pg1")) {
            node.server.bootstrap(step -> {});
            node.await(LocalPostgres.Primary.class::isInstance);
            Lsn before = node.flushed().orElseThrow();
            node.ask("CREATE TABLE public.t AS SELECT generate_series(1, 1000)");
            WalEnd.OfPrimary primary = (WalEnd.OfPrimary) told(node).orElseThrow();
            assertThat(before.isBehind(primary.flushed())).isTrue();

            node.server.stop(
                    new Command.Stop(
                            Command.StopMode.FAST, Command.Before.NOTHING, Optional.empty()));
            assertThat(told(node)).isEmpty();

            node.server.startAsStandby(new Upstream.None());
            node.await(LocalPostgres.Standby.class::isInstance);
            WalEnd.OfStandby standby = (WalEnd.OfStandby) told(node).orElseThrow();
            assertThat(standby.received().isBehind(primary.flushed())).isFalse();
            assertThat(standby.replayed()).isEqualTo(standby.received());

            node.signal("STOP", node.processes());
            assertThat(node.server.walEnd(SHORT)).isEmpty();
            node.signal("CONT", node.processes());
            assertThat(told(node)).isPresent();
        }
    }

    private static Optional<WalEnd> told(PledgeNode node) {
        return node.server.walEnd(PATIENCE);
    }
}
