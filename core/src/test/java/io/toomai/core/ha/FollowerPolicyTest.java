package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.MemberRole;
import io.toomai.core.ha.LocalPostgres.WalReceiver;
import org.junit.jupiter.api.Test;

/// A standby on timeline 2, whose leader `pg2` has published timeline 1.
class FollowerPolicyTest {
    private final Scene scene = new Scene().leads("pg2").member("pg2", MemberRole.PRIMARY, 1);

    private Rule rule(WalReceiver receiver, Upstream upstream) {
        LocalPostgres.Standby still = Scene.standby(1000, 2);
        scene.runs(
                new LocalPostgres.Standby(
                        still.server(),
                        still.received(),
                        still.replayed(),
                        upstream,
                        receiver,
                        still.replay()));
        return scene.decide().rule();
    }

    @Test
    void whoStreamsFromTheLeaderIsNotAheadOfIt() {
        assertThat(rule(WalReceiver.STREAMING, new Upstream.Server("pg2", 5432)))
                .isEqualTo(Rule.FOLLOWER_CONTINUES);
    }

    @Test
    void whoDoesNotHasLeftItsHistory() {
        assertThat(rule(WalReceiver.NOT_STREAMING, new Upstream.Server("pg2", 5432)))
                .isEqualTo(Rule.FOLLOWER_DIVERGED);
        assertThat(rule(WalReceiver.STREAMING, new Upstream.Server("pg3", 5432)))
                .isEqualTo(Rule.FOLLOWER_DIVERGED);
    }
}
