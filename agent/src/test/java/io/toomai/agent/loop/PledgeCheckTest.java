package io.toomai.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.agent.server.Pledging;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.Pledge;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.memory.InMemoryDcs;
import io.toomai.dcs.memory.InMemoryStore;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The view said that a pledge may be withdrawn, or that a takeover may rest on it; the store and
/// the server say otherwise at the moment of doing.
class PledgeCheckTest {
    private static final Duration SOON = Duration.ofSeconds(1);

    private final InMemoryStore store = new InMemoryStore(() -> new MonoTime(System.nanoTime()));
    private final InMemoryDcs leader = dcs("pg1");
    private final InMemoryDcs mine = dcs("pg2");
    private final Server server = new Server();
    private final PledgeCheck check = new PledgeCheck(mine, server);

    private InMemoryDcs dcs(String name) {
        return new InMemoryDcs(store, new MemberName(name), Duration.ofSeconds(30));
    }

    /// Keeps a pledge, or seems to.
    private static final class Server implements Pledging {
        private Optional<Pledge> durable = Optional.empty();
        private Optional<Pledge> proven = Optional.empty();
        private boolean receives;

        @Override
        public Optional<Pledge> pledge() {
            return durable;
        }

        @Override
        public Optional<Pledge> provenPledge() {
            return proven;
        }

        @Override
        public void makePledge(Pledge pledge) {
            durable = Optional.of(pledge);
            proven = receives ? Optional.empty() : durable;
        }

        @Override
        public void withdrawPledge() {
            durable = Optional.empty();
            proven = Optional.empty();
        }
    }

    @BeforeEach
    void pg1LeadsAndPg2HasPledged() {
        leader.acquireLeader(SOON);
        leader.writeAsLeader(DcsKey.SYNC, sync("pg2"), Expect.ANYTHING, SOON);
        server.makePledge(pledge());
    }

    private static String sync(String voter) {
        return "{\"leader\":\"pg1\",\"sync_standby\":\"" + voter + "\",\"quorum\":0}";
    }

    private Pledge pledge() {
        ClusterView now = mine.read(Dcs.ReadMode.LINEARIZABLE, SOON);
        LeaderKey.HeldBy held = (LeaderKey.HeldBy) now.leader();
        return new Pledge(held.leader(), held.revision(), now.sync().revision());
    }

    private static Command.TakeOver takeover(Pledge pledge) {
        return new Command.TakeOver(pledge.term(), pledge.syncRevision(), SyncState.EMPTY);
    }

    @Test
    void aPledgeStaysWhileTermAndSyncAreThoseItWasMadeAgainst() {
        assertThat(check.againstWithdrawal(pledge())).isPresent();
    }

    @Test
    void itGoesWhenTheKeyHasAnotherTermEvenOfTheSameLeader() {
        Pledge made = pledge();
        leader.releaseLeader(java.util.List.of(), SOON);
        assertThat(check.againstWithdrawal(made)).as("the race may count on it").isPresent();
        leader.acquireLeader(SOON);
        assertThat(check.againstWithdrawal(made)).isEmpty();
    }

    @Test
    void itGoesWhenTheLeaderHasWrittenSync() {
        Pledge made = pledge();
        leader.writeAsLeader(DcsKey.SYNC, sync("pg3"), Expect.ANYTHING, SOON);
        assertThat(check.againstWithdrawal(made)).isEmpty();
    }

    @Test
    void onlyThePledgeInForceIsWithdrawn() {
        leader.releaseLeader(java.util.List.of(), SOON);
        assertThat(check.againstWithdrawal(new Pledge(new MemberName("pg1"), -5, -5))).isPresent();
        Pledge made = server.pledge().orElseThrow();
        server.withdrawPledge();
        assertThat(check.againstWithdrawal(made)).isPresent();
    }

    @Test
    void aTakeoverNeedsThisPledgeAndItsProofAtThatMoment() {
        Pledge made = pledge();
        assertThat(check.againstTakeOver(takeover(made))).isEmpty();
        assertThat(check.againstTakeOver(takeover(new Pledge(made.leader(), made.term() + 1, 0))))
                .isPresent();
        assertThat(
                        check.againstTakeOver(
                                takeover(new Pledge(made.leader(), made.term(), made.term() + 9))))
                .isPresent();
        server.receives = true;
        assertThat(check.againstTakeOver(takeover(made))).isPresent();
        server.withdrawPledge();
        assertThat(check.againstTakeOver(takeover(made))).isPresent();
        assertThat(server.pledge()).as("no pledge is made for a takeover").isEmpty();
    }
}
