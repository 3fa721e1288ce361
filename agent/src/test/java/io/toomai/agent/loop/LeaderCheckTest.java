package io.toomai.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.agent.server.ServerIdentity;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.dcs.memory.InMemoryDcs;
import io.toomai.dcs.memory.InMemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Data is touched only beside a primary that holds the leader key all the while it is asked (I4).
class LeaderCheckTest {
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final SystemIdentifier OURS = new SystemIdentifier("7400000001");

    private MonoTime now = new MonoTime(0);
    private final InMemoryStore store = new InMemoryStore(() -> now);
    private final InMemoryDcs leader = dcs("pg1");
    private final InMemoryDcs other = dcs("pg3");
    private final List<MemberName> asked = new ArrayList<>();
    private Runnable meanwhile = () -> {};
    private Optional<ServerIdentity> answer = primary(OURS);
    private final LeaderCheck check =
            new LeaderCheck(
                    dcs("pg2"),
                    source -> {
                        asked.add(source.name());
                        meanwhile.run();
                        return answer;
                    },
                    () -> now);

    private static Optional<ServerIdentity> primary(SystemIdentifier system) {
        return Optional.of(new ServerIdentity(system, PeerStatus.Standing.PRIMARY));
    }

    private InMemoryDcs dcs(String name) {
        return new InMemoryDcs(store, new MemberName(name), Duration.ofSeconds(30));
    }

    @BeforeEach
    void pg1Leads() {
        leader.acquireLeader(SOON);
    }

    private Optional<String> beside(String name) {
        return check.againstTouchingData(
                new Command.Source(new MemberName(name), name, 5432, OURS));
    }

    @Test
    void aPrimaryThatHoldsTheKeyIsEnough() {
        assertThat(beside("pg1")).isEmpty();
        assertThat(asked).containsExactly(new MemberName("pg1"));
    }

    @Test
    void withoutAHolderNobodyIsAsked() {
        leader.releaseLeader(List.of(), SOON);
        assertThat(beside("pg1")).hasValueSatisfying(w -> assertThat(w).contains("nobody holds"));
        assertThat(asked).isEmpty();
    }

    @Test
    void whoIsNoPrimaryOfThisSystemIsNotEnough() {
        answer = Optional.empty();
        assertThat(beside("pg1")).isPresent();
        answer = primary(new SystemIdentifier("7400000002"));
        assertThat(beside("pg1"))
                .hasValueSatisfying(w -> assertThat(w).contains("does not answer"));
    }

    @Test
    void whoWasTakenOverWhileItAnsweredIsNotEnough() {
        meanwhile =
                () -> {
                    leader.releaseLeader(List.of(), SOON);
                    other.acquireLeader(SOON);
                };
        assertThat(beside("pg1")).hasValueSatisfying(w -> assertThat(w).contains("pg1 lost"));
    }

    @Test
    void whoLeadsAgainInAnotherTermIsNotEnough() {
        meanwhile =
                () -> {
                    leader.releaseLeader(List.of(), SOON);
                    leader.acquireLeader(SOON);
                };
        assertThat(beside("pg1")).hasValueSatisfying(w -> assertThat(w).contains("pg1 lost"));
    }

    @Test
    void anOldAnswerIsNotEnough() {
        meanwhile = () -> now = now.plus(Duration.ofMillis(3001));
        assertThat(beside("pg1"))
                .hasValueSatisfying(w -> assertThat(w).contains("longer than 3 s"));
    }

    private Optional<String> besideRemote(InMemoryDcs mine) {
        LeaderCheck own =
                new LeaderCheck(
                        mine,
                        _ -> {
                            meanwhile.run();
                            return answer;
                        },
                        () -> now);
        return own.againstTouchingData(
                Command.Source.remote(new Upstream.Server("10.0.0.9", 5432), OURS));
    }

    @Test
    void theLeaderOfAStandbyClusterTakesTheOtherClustersPrimaryAlone() {
        assertThat(besideRemote(leader)).isEmpty();
        answer = Optional.of(new ServerIdentity(OURS, PeerStatus.Standing.STANDBY));
        assertThat(besideRemote(leader))
                .hasValueSatisfying(w -> assertThat(w).contains("10.0.0.9:5432", "primary"));
    }

    @Test
    void whoDoesNotLeadTheStandbyClusterTouchesNothing() {
        assertThat(besideRemote(other))
                .hasValueSatisfying(w -> assertThat(w).contains("does not hold the leader key"));
        meanwhile =
                () -> {
                    leader.releaseLeader(List.of(), SOON);
                    leader.acquireLeader(SOON);
                };
        assertThat(besideRemote(leader))
                .hasValueSatisfying(w -> assertThat(w).contains("lost the leader key"));
    }

    @Test
    void inAStandbyClusterTheLeaderIsAStandby() {
        Command.Source source =
                new Command.Source(
                        new MemberName("pg1"),
                        "pg1",
                        5432,
                        OURS,
                        Command.Source.Kind.MEMBER_OF_STANDBY_CLUSTER);
        assertThat(check.againstTouchingData(source)).isPresent();
        answer = Optional.of(new ServerIdentity(OURS, PeerStatus.Standing.STANDBY));
        assertThat(check.againstTouchingData(source)).isEmpty();
    }
}
