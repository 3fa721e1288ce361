package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.model.Lsn;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Whoever `/sync` names has every confirmed commit.
class SyncPolicyTest {
    private static SyncPolicy.Step next(Scene scene) {
        return SyncPolicy.next(scene.view(), (LocalPostgres.Primary) scene.postgres);
    }

    private static Scene leader(String parameter, WalSender... senders) {
        return new Scene()
                .synchronous()
                .iLead()
                .member("pg2", MemberRole.REPLICA, 1)
                .member("pg3", MemberRole.REPLICA, 1)
                .sync("pg1")
                .runs(Scene.primary(1, parameter, senders));
    }

    private static Command write(String... voters) {
        SyncState state =
                new SyncState(Optional.of(Scene.ME), 0, new TreeSet<>(Scene.names(voters)));
        return new Command.WriteSync(state, Scene.SYNC_REVISION);
    }

    private static Command set(String names) {
        return new Command.SetSynchronousStandbyNames(names);
    }

    @Test
    void aNewLeaderFirstStandsThereAlone() {
        Scene scene = leader("pg3", Scene.sender("pg2", "async", 1000)).sync("pg3", "pg1");
        assertThat(next(scene).commands()).containsExactly(write());
    }

    @Test
    void aStandbyEntersTheParameterBeforeSync() {
        assertThat(next(leader("", Scene.sender("pg2", "async", 1000))).commands())
                .containsExactly(set("pg2"));
    }

    @Test
    void aStandbyEntersSyncOnlyAfterItHasConfirmedUnderTheParameter() {
        // Just in force: since position 1000, nobody has confirmed yet.
        Scene scene = leader("pg2", Scene.sender("pg2", "sync", 1000));
        SyncPolicy.Step first = next(scene);
        assertThat(first.commands()).isEmpty();
        assertThat(first.recheckIn()).isPresent();

        // Still behind that position.
        scene.memory = scene.memory.withSync(first.memory());
        scene.runs(Scene.primary(1, "pg2", Scene.sender("pg2", "sync", 999)));
        assertThat(next(scene).commands()).isEmpty();

        // Not counted as synchronous by PostgreSQL yet.
        scene.runs(Scene.primary(1, "pg2", Scene.sender("pg2", "potential", 1000)));
        assertThat(next(scene).commands()).isEmpty();

        scene.runs(Scene.primary(1, "pg2", Scene.sender("pg2", "sync", 1000)));
        assertThat(next(scene).commands()).containsExactly(write("pg2"));
    }

    @Test
    void aStandbyLeavesSyncBeforeTheParameter() {
        assertThat(next(leader("pg2").sync("pg1", "pg2")).commands())
                .containsExactly(write(), set(""));
    }

    /// A late write of an earlier cycle may still name the standby that now leaves.
    @Test
    void syncIsWrittenBeforeANameLeavesTheParameterThoughItLooksRight() {
        assertThat(next(leader("pg2")).commands()).containsExactly(write(), set(""));
        assertThat(next(leader("pg2", Scene.sender("pg3", "async", 1000))).commands())
                .containsExactly(write(), set("pg3"));
    }

    @Test
    void whoTakesAnothersPlaceWaitsUntilItHasConfirmed() {
        Scene scene = leader("pg2", Scene.sender("pg3", "async", 1000)).sync("pg1", "pg2");
        SyncPolicy.Step step = next(scene);
        assertThat(step.commands()).containsExactly(write(), set("pg3"));
    }

    @Test
    void withoutStandbysAStrictClusterWaitsForAnybody() {
        Scene scene = leader("pg2").sync("pg1", "pg2");
        scene.strictness = HaSettings.SynchronousStrictness.STRICT;
        assertThat(next(scene).commands()).containsExactly(write(), set("*"));
    }

    @Test
    void whenAStrictClusterGetsAStandbyItIsNamed() {
        Scene scene = leader("*", Scene.sender("pg2", "sync", 1000));
        scene.strictness = HaSettings.SynchronousStrictness.STRICT;
        assertThat(next(scene).commands()).containsExactly(set("pg2"));
    }

    @Test
    void asManyAsAskedForConfirm() {
        Scene scene =
                leader("", Scene.sender("pg2", "async", 900), Scene.sender("pg3", "async", 1000));
        assertThat(next(scene).commands()).containsExactly(set("pg3"));
        scene.syncCount = 2;
        assertThat(next(scene).commands()).containsExactly(set("2 (pg2,pg3)"));
    }

    @Test
    void whoIsInSyncStaysThereThoughAnotherIsAhead() {
        Scene scene =
                leader("pg2", Scene.sender("pg2", "sync", 900), Scene.sender("pg3", "async", 1000))
                        .sync("pg1", "pg2");
        SyncPolicy.Step step = next(scene);
        assertThat(step.commands()).isEmpty();
        assertThat(step.recheckIn()).isEmpty();
    }

    /// After a switchover under load both are at the end at every other look. Each change of the
    /// parameter makes commits wait: seen as pauses of 1 to 6 s (`dev/bench handover`).
    @Test
    void whoIsNamedIsWaitedForThoughAnotherIsAhead() {
        Scene scene =
                leader("pg3", Scene.sender("pg2", "async", 1000), Scene.sender("pg3", "sync", 900));
        assertThat(next(scene).commands()).isEmpty();
    }

    @Test
    void turnedOffSyncIsEmptiedBeforeTheParameter() {
        Scene scene = leader("pg2", Scene.sender("pg2", "sync", 1000)).sync("pg1", "pg2");
        scene.synchronous = HaSettings.SynchronousMode.OFF;
        assertThat(next(scene).commands())
                .containsExactly(
                        new Command.WriteSync(SyncState.EMPTY, Scene.SYNC_REVISION), set(""));
    }

    /// Over all small states: one cycle's commands never leave `/sync` naming somebody that the
    /// parameter does not, however many of them are carried out, unless it was so before.
    @Test
    void afterAnyPrefixOfTheCommandsSyncNamesOnlyWhoMustConfirm() {
        List<List<String>> sets =
                List.of(List.of(), List.of("pg2"), List.of("pg3"), List.of("pg2", "pg3"));
        for (List<String> named : sets) {
            for (List<String> voters : sets) {
                for (List<String> streaming : sets) {
                    for (int count = 1; count <= 2 && named.containsAll(voters); count++) {
                        checkPrefixes(named, voters, streaming, count);
                    }
                }
            }
        }
    }

    private static void checkPrefixes(
            List<String> named, List<String> voters, List<String> streaming, int count) {
        String parameter =
                SyncNames.format(
                        Scene.names(named.toArray(String[]::new)),
                        HaSettings.SynchronousStrictness.RELAXED);
        WalSender[] senders =
                streaming.stream()
                        .map(n -> Scene.sender(n, named.contains(n) ? "sync" : "async", 1000))
                        .toArray(WalSender[]::new);
        Scene scene = leader(parameter, senders).sync("pg1", voters.toArray(String[]::new));
        scene.syncCount = count;
        scene.memory =
                scene.memory.withSync(new SyncMemory(parameter, new Lsn(1000), new TreeSet<>()));
        List<String> mustConfirm = named;
        List<String> sync = voters;
        for (Command command : next(scene).commands()) {
            switch (command) {
                case Command.WriteSync w ->
                        sync = w.state().voters().stream().map(Object::toString).toList();
                case Command.SetSynchronousStandbyNames p ->
                        mustConfirm = SyncNames.parse(p.names());
                default -> throw new AssertionError(command);
            }
            assertThat(mustConfirm)
                    .as("%s %s %s %d", named, voters, streaming, count)
                    .containsAll(sync);
        }
    }
}
