package io.toomai.agent.failsafe;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.FailsafeTopology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A leader must never ask too few, whatever happened to its process or its disk.
class TopologyTest {
    @SuppressWarnings("NullAway.Init") // set by JUnit
    @TempDir
    private Path directory;

    private Topology open() {
        return new Topology(directory.resolve("state").resolve("failsafe"));
    }

    private void diskThere() throws IOException {
        Files.createDirectories(directory.resolve("state"));
    }

    @Test
    void theNextProcessRemembersWhatWasReadAndWhatWasSent() throws IOException {
        diskThere();
        Topology before = open();
        before.seen(Clusters.key(7, "pg1", "pg2"));
        assertThat(before.attempting(Clusters.members("pg1", "pg3"))).isEmpty();
        FailsafeTopology next = open().known();
        assertThat(next).isEqualTo(before.known());
        assertThat(next.possible()).isEqualTo(Clusters.members("pg1", "pg2", "pg3"));
    }

    @Test
    void whoTakesTheKeyAnewRemembersNothing() throws IOException {
        diskThere();
        Topology topology = open();
        topology.seen(Clusters.key(7, "pg1", "pg2"));
        assertThat(topology.forget()).isEmpty();
        assertThat(topology.known()).isEqualTo(FailsafeTopology.UNKNOWN);
        assertThat(open().known()).isEqualTo(FailsafeTopology.UNKNOWN);
    }

    @Test
    void whatCannotBeWrittenDownIsNeitherSentNorRelied() {
        Topology topology = open(); // its folder is missing
        topology.seen(Clusters.key(7, "pg1", "pg2"));
        assertThat(topology.known()).isEqualTo(FailsafeTopology.UNKNOWN);
        assertThat(topology.attempting(Clusters.members("pg1")).orElseThrow())
                .contains("cannot be written down");
    }

    @Test
    void aDamagedFileIsNoMemory() throws IOException {
        diskThere();
        Files.writeString(directory.resolve("state").resolve("failsafe"), "x\n{}\n{}\n");
        assertThat(open().known()).isEqualTo(FailsafeTopology.UNKNOWN);
    }
}
