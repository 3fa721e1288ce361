package io.toomai.dcs.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.TakeoverContractKit;
import io.toomai.dcs.memory.InMemoryStore.ManualClock;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The in-memory twin keeps the contract, and a silent holder loses the key exactly at its ttl.
class InMemoryDcsTest extends TakeoverContractKit {
    private static final Duration TTL = Duration.ofSeconds(30);

    private final ManualClock clock = new ManualClock();
    private final InMemoryStore store = new InMemoryStore(clock);

    @Override
    protected Dcs open(MemberName member) {
        return new InMemoryDcs(store, member, TTL);
    }

    @Override
    protected void abandon(Dcs dcs) {
        ((InMemoryDcs) dcs).abandon();
    }

    @Override
    protected void loseSession(Dcs dcs) {
        ((InMemoryDcs) dcs).loseSession();
    }

    @Override
    protected void passMoment() {
        clock.advance(Duration.ofMillis(1));
    }

    @Override
    protected void passTtl() {
        clock.advance(TTL);
    }

    @Override
    protected void plant(String path, String value) {
        store.plant(path, value);
    }

    @Override
    protected MonoTime now() {
        return clock.get();
    }

    @Test
    void aSilentHolderLosesTheKeyAtItsTtl() {
        Dcs one = process(PG1);
        Dcs two = process(PG2);
        assertHeld(one.acquireLeader(TIMEOUT));
        clock.advance(TTL.minusNanos(1));
        assertThat(two.acquireLeader(TIMEOUT))
                .isEqualTo(new LeaderResult.Refused(Optional.of(PG1)));
        clock.advance(Duration.ofNanos(1));
        assertHeld(two.acquireLeader(TIMEOUT));
    }

    @Test
    void aCutMemberFailsAndComesBack() {
        Dcs one = process(PG1);
        assertHeld(one.acquireLeader(TIMEOUT));
        store.cut(PG1);
        assertThatThrownBy(() -> one.renewLeader(TIMEOUT)).isInstanceOf(DcsException.class);
        clock.advance(TTL);
        store.tick();
        assertThat(store.value("leader")).isEmpty();
        store.heal(PG1);
        assertThat(one.renewLeader(TIMEOUT)).isEqualTo(new LeaderResult.Refused(Optional.empty()));
    }
}
