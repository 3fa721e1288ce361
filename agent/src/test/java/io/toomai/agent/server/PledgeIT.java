package io.toomai.agent.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LocalPostgres.Standby;
import io.toomai.core.ha.Pledge;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import io.toomai.postgres.os.Poll;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The pledge on real PostgreSQL of every version that is here.
class PledgeIT {
    private static final Pledge PLEDGE = new Pledge(new MemberName("pg1"), 7, 3);

    static List<PledgeNode.Host> hosts() {
        return PledgeNode.hosts();
    }

    private static void assertRefused(ThrowingCallable work, String reason) {
        assertThatThrownBy(work).isInstanceOf(ServerException.class).hasMessageContaining(reason);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void nothingArrivesUntilThePledgeIsWithdrawn(PledgeNode.Host host) throws Exception {
        try (PledgePair pair = PledgePair.make(host)) {
            PledgeNode standby = pair.standby();
            standby.server.makePledge(PLEDGE);
            assertThat(standby.server.pledge()).contains(PLEDGE);
            assertThat(standby.server.provenPledge()).contains(PLEDGE);
            Lsn end = standby.received();
            pair.assertNothingArrives(end);
            standby.server.makePledge(PLEDGE);

            Upstream.Server upstream = pair.primary().upstream();
            var source = pair.primary().source(pair.system());
            String reason = "the pledge to receive no WAL from pg1 (term 7, /sync 3) is kept";
            assertRefused(() -> standby.server.follow(upstream), reason);
            assertRefused(() -> standby.server.startAsStandby(upstream), reason);
            assertRefused(() -> standby.server.cloneFrom(source, step -> {}), reason);
            assertRefused(() -> standby.server.replaceWithClone(source, step -> {}), reason);
            assertRefused(() -> standby.server.rewind(source, step -> {}), reason);
            assertRefused(
                    () -> standby.server.makePledge(new Pledge(PLEDGE.leader(), 8, 3)),
                    "withdrawn before another is made");
            standby.server.forceConfiguration();
            standby.server.applyConfiguration();
            standby.server.restart(PledgeNode.PATIENCE, LocalServer.Permission.ALWAYS);
            pair.assertNothingArrives(end);

            // Agent and PostgreSQL die; an operator starts PostgreSQL.
            standby.killPostmaster();
            assertThat(Poll.until(PledgeNode.PATIENCE, () -> startsPlainly(standby))).isTrue();
            standby.newAgent();
            standby.await(p -> p instanceof Standby s && !s.received().isBehind(end));
            pair.assertNothingArrives(end);
            assertThat(standby.server.pledge()).contains(PLEDGE);
            assertThat(standby.server.provenPledge()).isEmpty();
            standby.server.makePledge(PLEDGE);
            assertThat(standby.server.provenPledge()).contains(PLEDGE);

            standby.server.withdrawPledge();
            pair.assertNothingArrives(end);
            standby.server.follow(upstream);
            pair.awaitStreaming();
            assertThat(standby.server.pledge()).isEmpty();
        }
    }

    private static boolean startsPlainly(PledgeNode node) {
        try {
            node.plainStart();
            return true;
        } catch (IOException e) {
            return false; // the killed postmaster's children still go
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void anAgentThatDiedAfterTheFileGivesNoUpstream(PledgeNode.Host host) throws Exception {
        try (PledgePair pair = PledgePair.make(host)) {
            PledgeNode standby = pair.standby();
            new PledgeFile(standby.directory.resolve("state")).write(PLEDGE);
            standby.newAgent();
            assertThat(((Standby) standby.observe()).upstream())
                    .isEqualTo(pair.primary().upstream());
            assertThat(standby.server.provenPledge()).isEmpty();
            // Any rendering will do; here one for another reason.
            standby.server.applyConfiguration();
            standby.await(p -> p instanceof Standby s && s.upstream() instanceof Upstream.None);
            standby.server.makePledge(PLEDGE);
            pair.assertNothingArrives(standby.received());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void aReceiverIsEndedWhereReplayStandsStill(PledgeNode.Host host) throws Exception {
        try (PledgePair pair = PledgePair.make(host)) {
            PledgeNode standby = pair.standby();
            standby.ask("SELECT pg_wal_replay_pause()");
            pair.write();
            pair.awaitStreaming();
            standby.server.makePledge(PLEDGE);
            assertThat(standby.server.provenPledge()).contains(PLEDGE);
            Lsn end = standby.received();
            pair.assertNothingArrives(end);
            standby.server.resumeReplay();
            pair.assertNothingArrives(end);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void aPromotionForgetsAnUnreadablePledgeAndAsksTheArchive(PledgeNode.Host host)
            throws Exception {
        try (PledgePair pair = PledgePair.make(host)) {
            PledgeNode standby = pair.standby();
            PledgeFile file = new PledgeFile(standby.directory.resolve("state"));
            standby.server.makePledge(PLEDGE);
            Files.writeString(file.path(), "garbage");
            standby.newAgent();
            standby.observe();
            assertThat(standby.server.pledge()).isEmpty();
            assertRefused(
                    () -> standby.server.follow(pair.primary().upstream()),
                    file.path() + " cannot be read");
            assertRefused(() -> standby.server.makePledge(PLEDGE), "cannot be read");
            assertThat(standby.ask("SHOW restore_command")).isEmpty();

            // Somebody else took timeline 2 already.
            Files.writeString(
                    standby.directory.resolve("archive/00000002.history"), "1\t0/1000000\ttaken\n");
            standby.server.promote(LocalServer.Permission.ALWAYS);
            assertThat(file.path()).doesNotExist();
            LocalPostgres.Primary primary =
                    (LocalPostgres.Primary) standby.await(LocalPostgres.Primary.class::isInstance);
            assertThat(primary.server().timeline()).isEqualTo(new Timeline(3));
        }
    }
}
