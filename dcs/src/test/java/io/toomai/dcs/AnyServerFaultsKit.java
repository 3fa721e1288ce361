package io.toomai.dcs;

import static io.toomai.dcs.DcsContractKit.PG1;
import static io.toomai.dcs.DcsContractKit.PG2;
import static io.toomai.dcs.DcsContractKit.TIMEOUT;
import static io.toomai.dcs.DcsContractKit.assertHeld;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.dcs.Dcs.ReadMode;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// The same where a process that loses its server goes on at another one by itself: so each is
/// harmed through the very server that it asks first.
public interface AnyServerFaultsKit extends ServerFaultsKit {
    /// Access that knows that server alone.
    Dcs openOnlyAt(int server);

    /// One renewal is heard exactly and kept.
    void hearsRenewal(Dcs leader, Dcs hearing);

    @Override
    default int servingDespite(int victim) {
        return victim;
    }

    @Test
    default void theLeaseOutlivesAFrozenFollower() throws Exception {
        int victim = store().following();
        keepsItsLease(victim, victim, store()::freeze, store()::thaw);
    }

    @Test
    default void theLeaseOutlivesAKilledFollower() throws Exception {
        int victim = store().following();
        keepsItsLease(victim, victim, store()::kill, store()::restart);
    }

    default void hearsPast(int victim, Harm harm, Harm healing) throws Exception {
        try (Dcs holder = openAt((victim + 1) % COUNT, PG1);
                Dcs hearing = openAt(victim, PG2)) {
            assertHeld(holder.acquireLeader(TIMEOUT));
            hearsRenewal(holder, hearing);
            harm.to(victim);
            hearsRenewal(holder, hearing);
            hearsRenewal(holder, hearing);
        } finally {
            healing.to(victim);
        }
    }

    @Test
    default void aStoreThatIsGoneSaysWhichServersWereAsked() throws Exception {
        int victim = store().following();
        try (Dcs dcs = openOnlyAt(victim)) {
            store().kill(victim);
            assertThatThrownBy(() -> dcs.read(ReadMode.LOCAL, Duration.ofSeconds(1)))
                    .isInstanceOf(DcsException.class)
                    .hasMessageContaining(store().address(victim));
        } finally {
            store().restart(victim);
        }
    }
}
