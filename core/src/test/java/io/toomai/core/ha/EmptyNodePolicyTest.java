package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Where an empty node gets its data from (contract §5.3).
class EmptyNodePolicyTest {
    private static Scene empty() {
        Scene scene = new Scene().runs(new LocalPostgres.NoDataDirectory());
        scene.restore = LocalNode.Restore.POSSIBLE;
        return scene;
    }

    private static void offers(Scene scene, String name, MemberState state) {
        Member plain = Objects.requireNonNull(scene.members.get(name));
        scene.members.put(
                name,
                new Member(
                        plain.name(),
                        plain.connUrl(),
                        plain.apiUrl(),
                        state,
                        plain.role(),
                        plain.version(),
                        plain.position(),
                        new Tags(Map.of("clonefrom", true)),
                        plain.flags(),
                        plain.pendingRestart(),
                        plain.scheduledRestart(),
                        Optional.empty()));
    }

    @Test
    void aBackupIsRestoredWhereNobodyLeads() {
        assertThat(empty().decide().commands()).containsExactly(new Command.Restore(Scene.SYSTEM));
        Scene without = empty();
        without.restore = LocalNode.Restore.IMPOSSIBLE;
        assertThat(without.decide().rule()).isEqualTo(Rule.CLONE_WAITS);
    }

    @Test
    void aBackupIsNotRestoredBesideALeader() {
        Scene running = empty().leads("pg2").member("pg2", MemberRole.PRIMARY, 1);
        assertThat(running.decide().commands()).singleElement().isInstanceOf(Command.Clone.class);
        Scene elsewhere = empty().leads("pg2");
        assertThat(elsewhere.decide().commands()).as("its member key is gone").isEmpty();
    }

    /// Whose backup it is could not be told, and a cluster that is being made needs none.
    @Test
    void aBackupIsOfAClusterWhoseIdentityIsKnown() {
        Scene begun = empty();
        begun.initialize = new Initialize.InProgress();
        assertThat(begun.decide().rule()).isEqualTo(Rule.CLONE_WAITS);
        Scene never = empty();
        never.initialize = new Initialize.Never();
        assertThat(never.decide().rule()).isEqualTo(Rule.BOOTSTRAP_STARTS);
        never.tags = new Tags(Map.of("nofailover", true));
        assertThat(never.decide().rule()).isEqualTo(Rule.CLONE_WAITS);
    }

    /// I2: its old data had confirmed commits that the backup may lack.
    @Test
    void whoConfirmedCommitsDoesNotComeBackFromABackup() {
        assertThat(empty().synchronous().sync("pg2", "pg1").decide().commands()).isEmpty();
        assertThat(empty().synchronous().sync("pg1", "pg2").decide().commands()).isEmpty();
        assertThat(empty().synchronous().sync("pg2", "pg3").decide().commands()).hasSize(1);
        assertThat(empty().sync("pg2", "pg1").decide().commands())
                .as("synchronous mode is off")
                .hasSize(1);
    }

    @Test
    void aPauseAndAFailureHoldItUp() {
        Scene paused = empty();
        paused.pause = HaSettings.Maintenance.PAUSED;
        assertThat(paused.decide().commands()).isEmpty();
        Scene failed = empty();
        failed.task =
                new LongTask.Idle(
                        new LongTask.Outcome.Failed(LongTask.Kind.CLONE, failed.now, "told so"));
        assertThat(failed.decide().reason())
                .isEqualTo("failed to bootstrap without leader, trying again: told so");
        failed.now = failed.now.plus(Duration.ofMinutes(1));
        assertThat(failed.decide().commands()).hasSize(1);
    }

    @Test
    void whoOffersItselfIsCopiedFromInTurnsAndNeverTheLeader() {
        Scene scene = empty().leads("pg2").member("pg2", MemberRole.PRIMARY, 1);
        offers(scene, "pg2", MemberState.RUNNING);
        for (String replica : List.of("pg3", "pg4", "pg5")) {
            scene.member(replica, MemberRole.REPLICA, 1);
            offers(scene, replica, MemberState.RUNNING);
        }
        offers(scene, "pg4", MemberState.STOPPED);
        assertThat(sources(scene)).containsExactly("pg3", "pg5");
        scene.members.remove("pg3");
        scene.members.remove("pg5");
        assertThat(sources(scene)).containsExactly("pg2");
    }

    private static Set<String> sources(Scene scene) {
        Set<String> names = new TreeSet<>();
        for (long i = 0; i < 20; i++) {
            scene.now = new MonoTime(1_000_000_000_000L + i * 7_000_001);
            Command.Clone clone = (Command.Clone) scene.decide().commands().getFirst();
            names.add(clone.source().name().value());
        }
        return names;
    }
}
