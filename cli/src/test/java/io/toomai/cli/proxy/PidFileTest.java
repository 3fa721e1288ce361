package io.toomai.cli.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PidFileTest {
    @TempDir private Path folder;

    /// In a container the next process has the number of the one that was killed.
    @Test
    void theOwnNumberIsThatOfNobodyElse() throws IOException {
        Path file = folder.resolve("pid");
        PidFile pidfile = new PidFile(file);
        pidfile.write();
        assertThat(file).hasContent(Long.toString(ProcessHandle.current().pid()));
        assertThat(pidfile.running()).isEmpty();
        pidfile.remove();
        assertThat(file).doesNotExist();
    }

    @Test
    void whoLivesRunsButNeedNotBeAProxy() throws Exception {
        Process stranger = new ProcessBuilder("sleep", "1000").start();
        try {
            PidFile pidfile = new PidFile(folder.resolve("pid"));
            pidfile.write(stranger.toHandle());
            assertThat(pidfile.running()).contains(stranger.toHandle());
            assertThat(Kinship.isProxy(stranger.toHandle())).isFalse();
            pidfile.remove();
            assertThat(pidfile.running()).contains(stranger.toHandle());
        } finally {
            stranger.destroyForcibly().waitFor();
        }
        assertThat(new PidFile(folder.resolve("pid")).running()).isEmpty();
        assertThat(Files.exists(folder.resolve("pid"))).isTrue();
    }
}
