package io.toomai.agent.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.core.ha.Command;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LocalPostgres.Replay;
import io.toomai.core.ha.LocalPostgres.Standby;
import io.toomai.core.ha.Upstream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A promotion that outlives the agent, on real PostgreSQL of every version that is here.
class PromotionIT {
    static List<PledgeNode.Host> hosts() {
        return PledgeNode.hosts();
    }

    private static boolean isStandby(LocalPostgres seen, Replay replay) {
        return seen instanceof Standby standby && standby.replay() == replay;
    }

    private static void startAsStandby(PledgeNode node) {
        node.server.stop(
                new Command.Stop(Command.StopMode.FAST, Command.Before.NOTHING, Optional.empty()));
        node.server.startAsStandby(new Upstream.None());
        node.await(seen -> isStandby(seen, Replay.RUNNING));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void theNextAgentKnowsThatAPromotionGoesOn(PledgeNode.Host host) throws Exception {
        try (PledgeNode node = new PledgeNode(host, "pg1")) {
            node.server.bootstrap(step -> {});
            node.await(LocalPostgres.Primary.class::isInstance);
            startAsStandby(node);
            List<Long> startup =
                    List.of(
                            Long.parseLong(
                                    node.ask(
                                            "SELECT pid FROM pg_stat_activity"
                                                    + " WHERE backend_type = 'startup'")));
            node.signal("STOP", startup);
            PostgresServer first = node.server;
            CompletableFuture<Void> promotion =
                    CompletableFuture.runAsync(() -> first.promote(LocalServer.Permission.ALWAYS));
            node.newAgent();
            node.await(seen -> isStandby(seen, Replay.PROMOTING));

            node.signal("CONT", startup);
            node.await(LocalPostgres.Primary.class::isInstance);
            promotion.get(PledgeNode.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            startAsStandby(node);
            assertThat(isStandby(node.observe(), Replay.RUNNING)).isTrue();
        }
    }

    /// A standby leader loses nothing with its lease; who was about to be a primary is ended, and
    /// who has lost its lease is not promoted (I1).
    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void theEndOfALeaseSparesAStandbyAlone(PledgeNode.Host host) throws Exception {
        try (PledgeNode node = new PledgeNode(host, "pg1")) {
            node.server.bootstrap(step -> {});
            node.await(LocalPostgres.Primary.class::isInstance);
            node.server.endWriting();
            node.await(LocalPostgres.Stopped.class::isInstance);

            node.server.startAsStandby(new Upstream.None());
            node.await(seen -> isStandby(seen, Replay.RUNNING));
            node.server.endWriting();
            assertThat(isStandby(node.observe(), Replay.RUNNING)).isTrue();

            assertThatThrownBy(() -> node.server.promote(() -> false))
                    .isInstanceOf(ServerException.class)
                    .hasMessageContaining("leadership ended");
            node.server.endWriting();
            node.await(LocalPostgres.Stopped.class::isInstance);
        }
    }
}
