package io.toomai.agent.hooks;

import static io.toomai.agent.hooks.CallbackAction.ON_RELOAD;
import static io.toomai.agent.hooks.CallbackAction.ON_RESTART;
import static io.toomai.agent.hooks.CallbackAction.ON_ROLE_CHANGE;
import static io.toomai.agent.hooks.CallbackAction.ON_START;
import static io.toomai.agent.hooks.CallbackAction.ON_STOP;
import static io.toomai.core.cluster.MemberRole.DEMOTED;
import static io.toomai.core.cluster.MemberRole.PRIMARY;
import static io.toomai.core.cluster.MemberRole.REPLICA;
import static io.toomai.core.cluster.MemberRole.STANDBY_LEADER;
import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.MemberRole;
import io.toomai.core.ha.ControlFacts;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.ServerFacts;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The courses of contract §4.7, one per test: what is done, and which callbacks follow.
class CallbackRulesTest {
    private static final SystemIdentifier SYSTEM = new SystemIdentifier("7400000000000000001");
    private static final ServerFacts SERVER =
            new ServerFacts(SYSTEM, new Timeline(1), 170_000, "", List.of(), Map.of());
    private static final LocalPostgres STANDBY =
            new LocalPostgres.Standby(
                    SERVER,
                    new Lsn(1),
                    new Lsn(1),
                    new Upstream.None(),
                    LocalPostgres.WalReceiver.NOT_STREAMING,
                    LocalPostgres.Replay.RUNNING);
    private static final LocalPostgres PRIMARY_RUNS =
            new LocalPostgres.Primary(
                    SERVER,
                    new Lsn(1),
                    List.of(),
                    "",
                    new ControlFacts(
                            SYSTEM,
                            ControlFacts.State.IN_PRODUCTION,
                            new Timeline(1),
                            new Lsn(1),
                            Lsn.ZERO,
                            Timeline.UNKNOWN));

    private final CallbackRules rules = new CallbackRules();
    private final List<Callback> called = new ArrayList<>();

    private void due(Optional<Callback> callback) {
        callback.ifPresent(called::add);
    }

    private void due(Callback callback) {
        called.add(callback);
    }

    private void starts(MemberRole role) {
        rules.starting(role, ON_START);
        due(rules.ready());
    }

    private void restarts(MemberRole role) {
        rules.starting(role, ON_RESTART);
        due(rules.ready());
    }

    private void settles(Standing standing) {
        due(rules.settled(standing));
    }

    private static Callback callback(CallbackAction action, MemberRole role) {
        return new Callback(action, role);
    }

    @Test
    void aNewPrimaryStartsWhenItLeadsAndNotWhileItIsMade() {
        rules.starting(PRIMARY, ON_START);
        rules.observed(PRIMARY_RUNS);
        settles(Standing.UNSETTLED);
        assertThat(called).isEmpty();
        settles(Standing.PRIMARY);
        settles(Standing.PRIMARY);
        assertThat(called).containsExactly(callback(ON_START, PRIMARY));
    }

    @Test
    void aNewReplicaStarts() {
        starts(REPLICA);
        settles(Standing.REPLICA);
        assertThat(called).containsExactly(callback(ON_START, REPLICA));
    }

    @Test
    void whoJoinsARunningServerStartsWithItsRole() {
        rules.observed(STANDBY);
        settles(Standing.REPLICA);
        settles(Standing.REPLICA);
        assertThat(called).containsExactly(callback(ON_START, REPLICA));
    }

    @Test
    void aFormerPrimaryThatAnAgentFindsStoppedStartsAsReplica() {
        starts(REPLICA);
        assertThat(called).containsExactly(callback(ON_START, REPLICA));
    }

    @Test
    void whoIsFencedBeforeItsFirstCycleStopsAsWhatItWas() {
        rules.observed(PRIMARY_RUNS);
        due(rules.stopped());
        settles(Standing.UNSETTLED);
        starts(REPLICA);
        assertThat(called)
                .containsExactly(callback(ON_STOP, PRIMARY), callback(ON_ROLE_CHANGE, REPLICA));
    }

    @Test
    void aRestartIsNeitherStopNorStart() {
        starts(REPLICA);
        called.clear();
        restarts(REPLICA);
        assertThat(called).containsExactly(callback(ON_RESTART, REPLICA));
    }

    @Test
    void aSwitchoverStopsOneAndChangesTheRolesOfBoth() {
        starts(PRIMARY);
        due(rules.stopped());
        starts(REPLICA);
        due(rules.promoting());
        due(rules.promoting());
        rules.observed(STANDBY);
        rules.observed(PRIMARY_RUNS);
        assertThat(called)
                .containsExactly(
                        callback(ON_START, PRIMARY),
                        callback(ON_STOP, PRIMARY),
                        callback(ON_ROLE_CHANGE, REPLICA),
                        callback(ON_ROLE_CHANGE, PRIMARY));
    }

    @Test
    void aSwitchoverThatCameToNothingStartsThePrimaryAgain() {
        starts(PRIMARY);
        due(rules.stopped());
        starts(PRIMARY);
        assertThat(called)
                .containsExactly(
                        callback(ON_START, PRIMARY),
                        callback(ON_STOP, PRIMARY),
                        callback(ON_START, PRIMARY));
    }

    @Test
    void aCrashedServerStartsAgain() {
        starts(REPLICA);
        starts(REPLICA);
        assertThat(called)
                .containsExactly(callback(ON_START, REPLICA), callback(ON_START, REPLICA));
    }

    @Test
    void aChangedRoleIsToldThoughTheFirstStartFails() {
        starts(PRIMARY);
        called.clear();
        rules.starting(REPLICA, ON_START);
        starts(REPLICA);
        assertThat(called).containsExactly(callback(ON_ROLE_CHANGE, REPLICA));
    }

    @Test
    void aStartThatTakesLongIsToldInTheCycleThatFindsItReady() {
        rules.starting(REPLICA, ON_RESTART);
        settles(Standing.UNSETTLED);
        assertThat(called).isEmpty();
        settles(Standing.REPLICA);
        assertThat(called).containsExactly(callback(ON_RESTART, REPLICA));
    }

    @Test
    void aPrimaryThatDoesNotStartIsDemotedOnce() {
        starts(PRIMARY);
        called.clear();
        settles(Standing.GIVEN_UP);
        settles(Standing.GIVEN_UP);
        assertThat(called).containsExactly(callback(ON_ROLE_CHANGE, DEMOTED));
        starts(PRIMARY);
        assertThat(called).endsWith(callback(ON_ROLE_CHANGE, PRIMARY));
    }

    @Test
    void aStandbyLeaderIsOneByTheClustersWord() {
        starts(REPLICA);
        settles(Standing.STANDBY_LEADER);
        settles(Standing.STANDBY_LEADER);
        restarts(REPLICA);
        settles(Standing.REPLICA);
        assertThat(called)
                .containsExactly(
                        callback(ON_START, REPLICA),
                        callback(ON_ROLE_CHANGE, STANDBY_LEADER),
                        callback(ON_RESTART, STANDBY_LEADER),
                        callback(ON_ROLE_CHANGE, REPLICA));
    }

    @Test
    void aStandbyLeaderThatAnAgentFindsStartsAsOne() {
        rules.observed(STANDBY);
        settles(Standing.STANDBY_LEADER);
        assertThat(called).containsExactly(callback(ON_START, STANDBY_LEADER));
    }

    @Test
    void aPromotionBySomebodyElseInMaintenanceModeIsNotTold() {
        starts(REPLICA);
        called.clear();
        rules.observed(PRIMARY_RUNS);
        settles(Standing.PRIMARY);
        due(rules.reloaded());
        assertThat(called).containsExactly(callback(ON_RELOAD, PRIMARY));
    }

    @Test
    void aReloadTellsTheRoleAndIsNoFirstCallback() {
        rules.observed(STANDBY);
        due(rules.reloaded());
        settles(Standing.REPLICA);
        assertThat(called)
                .containsExactly(callback(ON_RELOAD, REPLICA), callback(ON_START, REPLICA));
    }
}
