package io.toomai.agent.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.History;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TimelineFilesTest {
    @Test
    void onlyTheLastSwitchKnowsWhenAndWho(@TempDir Path data) throws IOException {
        Files.createDirectory(data.resolve("pg_wal"));
        Files.writeString(
                data.resolve("pg_wal/00000003.history"),
                """
                1\t0/3000060\tno recovery target specified

                # a comment
                2\t0/5000000\tbefore 2000-01-01 00:00:00+00
                """);

        List<History.Line> lines = TimelineFiles.read(data, new Timeline(3), new MemberName("pg1"));

        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst().switchpoint()).isEqualTo(Lsn.parse("0/3000060"));
        assertThat(lines.getFirst().newLeader()).isEmpty();
        assertThat(lines.getLast().newLeader()).contains("pg1");
        assertThat(lines.getLast().timestamp()).isPresent();
        assertThat(lines.getLast().reason()).isEqualTo("before 2000-01-01 00:00:00+00");
    }

    @Test
    void aMissingFileIsNoHistory(@TempDir Path data) {
        assertThat(TimelineFiles.read(data, new Timeline(2), new MemberName("pg1"))).isEmpty();
    }
}
