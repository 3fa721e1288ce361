package io.toomai.dcs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.core.model.MemberName;
import io.toomai.dcs.AnyServerFaultsKit;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.ServerFaultsKit;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The contract on three servers of ZooKeeper 3.8, each process at another one first, and what
/// happens when servers hang, die and come back.
class ExternalThreeServersIT extends ZooKeeperContractKit implements AnyServerFaultsKit {
    @RegisterExtension private static final ExternalEnsemble ENSEMBLE = new ExternalEnsemble(COUNT);

    private int next;

    private static ExternalServers all() {
        return ENSEMBLE.servers();
    }

    @Override
    ZooKeeperServers servers() {
        return all().from(next++ % COUNT);
    }

    @Override
    public ExternalServers store() {
        return all();
    }

    @Override
    public ZooKeeperDcs openAt(int server, MemberName member) {
        return openAt(all().from(server), member);
    }

    @Override
    public ZooKeeperDcs openOnlyAt(int server) {
        return openAt(all().only(server), PG1);
    }

    /// It may have been done: to say that it was refused would be a lie.
    @Test
    void aWriteOnItsWayToAServerThatIsLeftHasNoAnswer() throws Exception {
        int victim = all().following();
        try (ZooKeeperDcs dcs = openAt(victim, PG1)) {
            assertHeld(dcs.acquireLeader(TIMEOUT));
            all().freeze(victim);
            assertThatThrownBy(
                            () -> dcs.writeAsLeader(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT))
                    .isInstanceOfSatisfying(
                            DcsException.class,
                            e -> assertThat(e.code()).isEqualTo(Code.DCS_CONNECTION));
            assertHeld(dcs.renewLeader(TIMEOUT));
        } finally {
            all().thaw(victim);
        }
    }

    @Test
    void renewalsAreHeardPastASilentServer() throws Exception {
        hearsPast(all().following(), all()::freeze, all()::thaw);
    }

    @Test
    void renewalsAreHeardAfterAnElection() throws Exception {
        hearsPast(all().leading(), all()::kill, all()::restart);
    }

    /// A server of 3.8 that still leads when the others come back to it may never confirm what it
    /// proposed before, nor anything after: this waits until they have elected another
    /// (docs/stores.md).
    private static void wakeFollowersFirst(int leading) throws Exception {
        for (int server = 0; server < COUNT; server++) {
            if (server != leading) {
                all().unfreeze(server);
            }
        }
        all().awaitAnotherLeader(leading);
        all().thaw(leading);
    }

    @Test
    void aStoreThatHangsAsAWholeFailsInTimeAndComesBack() throws Exception {
        try (ZooKeeperDcs dcs = openAt(0, PG1)) {
            assertHeld(dcs.acquireLeader(TIMEOUT));
            int leading = all().leading();
            try {
                for (int server = 0; server < COUNT; server++) {
                    all().freeze(server);
                }
                for (int i = 0; i < 5; i++) { // long enough to be sent from server to server
                    assertThatThrownBy(() -> dcs.renewLeader(Duration.ofSeconds(1)))
                            .isInstanceOf(DcsException.class);
                }
            } finally {
                wakeFollowersFirst(leading);
            }
            ServerFaultsKit.awaitAcquired(dcs);
            assertHeld(dcs.renewLeader(TIMEOUT));
        }
    }
}
