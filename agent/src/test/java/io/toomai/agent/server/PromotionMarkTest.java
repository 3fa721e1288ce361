package io.toomai.agent.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.ControlFacts;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LocalPostgres.LastRole;
import io.toomai.core.ha.LocalPostgres.Replay;
import io.toomai.core.ha.LocalPostgres.Standby;
import io.toomai.core.ha.LocalPostgres.Unresponsive;
import io.toomai.core.ha.ServerFacts;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import io.toomai.postgres.server.PostmasterFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromotionMarkTest {
    private static final Standby SEEN =
            new Standby(
                    new ServerFacts(
                            new SystemIdentifier("7400000001"),
                            new Timeline(1),
                            170000,
                            "",
                            List.of(),
                            Map.of()),
                    new Lsn(1000),
                    new Lsn(1000),
                    new Upstream.None(),
                    LocalPostgres.WalReceiver.NOT_STREAMING,
                    Replay.RUNNING);

    @SuppressWarnings("NullAway.Init") // set by JUnit
    @TempDir
    private Path directory;

    private Replay seenByTheNextProcess() {
        return ((Standby) new PromotionMark(directory, directory).on(SEEN)).replay();
    }

    /// Frozen before it has begun: a primary as soon as it goes on (simulation, plot
    /// DEATH_IN_PROMOTION).
    @Test
    void oneThatDoesNotAnswerCountsAsThePrimaryThatItMayBe() throws IOException {
        runs("17", "1790000000");
        assertThat(lastRoleOfSilent()).isEqualTo(LastRole.STANDBY);
        new PromotionMark(directory, directory).write();
        assertThat(lastRoleOfSilent()).isEqualTo(LastRole.PRIMARY);
        runs("18", "1790000000");
        assertThat(lastRoleOfSilent()).isEqualTo(LastRole.STANDBY);
    }

    private LastRole lastRoleOfSilent() {
        ControlFacts control =
                new ControlFacts(
                        SEEN.server().system(),
                        ControlFacts.State.IN_ARCHIVE_RECOVERY,
                        new Timeline(1),
                        new Lsn(1000),
                        Lsn.ZERO,
                        Timeline.UNKNOWN);
        Unresponsive silent =
                new Unresponsive(control, LastRole.STANDBY, new MonoTime(0), "no answer");
        return ((Unresponsive) new PromotionMark(directory, directory).on(silent)).last();
    }

    private void runs(String pid, String started) throws IOException {
        Files.write(PostmasterFile.in(directory), List.of(pid, "/data", started, "5432", "", "*"));
    }

    @Test
    void aPromotionLastsAsLongAsThePostmasterThatWasTold() throws IOException {
        runs("17", "1790000000");
        assertThat(seenByTheNextProcess()).isEqualTo(Replay.RUNNING);

        new PromotionMark(directory, directory).write();
        assertThat(seenByTheNextProcess()).isEqualTo(Replay.PROMOTING);

        runs("17", "1790000001");
        assertThat(seenByTheNextProcess()).isEqualTo(Replay.RUNNING);
        runs("18", "1790000000");
        assertThat(seenByTheNextProcess()).isEqualTo(Replay.RUNNING);
        Files.delete(PostmasterFile.in(directory));
        assertThat(seenByTheNextProcess()).isEqualTo(Replay.RUNNING);
    }
}
