package io.toomai.agent.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LocalPostgres.Standby;
import io.toomai.core.ha.LocalPostgres.WalReceiver;
import io.toomai.core.ha.PermanentSlot;
import io.toomai.core.ha.SlotPlan;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.postgres.os.Poll;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/// A primary and a standby that streams from it.
record PledgePair(PledgeNode primary, PledgeNode standby, SystemIdentifier system)
        implements AutoCloseable {
    /// Longer than two of the standby's attempts to reconnect.
    private static final Duration A_WHILE = Duration.ofMillis(1200);

    static PledgePair make(PledgeNode.Host host) throws IOException {
        PledgeNode primary = new PledgeNode(host, "pg1");
        PledgeNode standby = new PledgeNode(host, "pg2");
        try {
            primary.server.bootstrap(step -> {});
            SystemIdentifier system =
                    ((LocalPostgres.Primary) primary.await(LocalPostgres.Primary.class::isInstance))
                            .server()
                            .system();
            standby.cloneFrom(primary.source(system));
            primary.server.ensureSlots(
                    new SlotPlan(
                            SlotPlan.Side.PRIMARY,
                            List.of(),
                            List.of(new SlotPlan.Creation("pg2", new PermanentSlot.Physical())),
                            List.of(),
                            List.of(),
                            new TreeSet<>(List.of("pg2")),
                            Optional.empty()));
            standby.server.startAsStandby(primary.upstream());
            primary.ask("CREATE TABLE public.t(i int)");
            PledgePair pair = new PledgePair(primary, standby, system);
            pair.awaitStreaming();
            return pair;
        } catch (RuntimeException | AssertionError e) {
            standby.close();
            primary.close();
            throw e;
        }
    }

    void awaitStreaming() {
        Lsn goal = primary.flushed().orElseThrow();
        standby.await(p ->
                p instanceof Standby s
                        && s.walReceiver() == WalReceiver.STREAMING
                        && !s.received().isBehind(goal));
    }

    void write() {
        primary.ask("INSERT INTO public.t SELECT generate_series(1, 1000)");
    }

    /// The primary writes and archives; nothing of it arrives.
    void assertNothingArrives(Lsn end) {
        write();
        primary.ask("SELECT pg_switch_wal()");
        write();
        boolean moved = Poll.until(A_WHILE, () -> !standby.received().equals(end));
        assertThat(moved).as("received WAL, now at %s, was %s", standby.received(), end).isFalse();
        Standby now = (Standby) standby.observe();
        assertThat(now.upstream()).isInstanceOf(Upstream.None.class);
        assertThat(now.walReceiver()).isEqualTo(WalReceiver.NOT_STREAMING);
    }

    @Override
    public void close() throws IOException {
        standby.close();
        primary.close();
    }
}
