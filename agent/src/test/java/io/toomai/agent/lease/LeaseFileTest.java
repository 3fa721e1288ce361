package io.toomai.agent.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.model.MonoTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseFileTest {
    @Test
    void theNextProcessFindsWhatTheLastOneWrote(@TempDir Path directory) throws IOException {
        Path path = directory.resolve("lease");
        LeaseFile.open(path).write(new MonoTime(123_456));

        assertThat(LeaseFile.open(path).read()).contains(new MonoTime(123_456));
    }

    @Test
    void aClearedOrNewFileHoldsNothing(@TempDir Path directory) throws IOException {
        LeaseFile file = LeaseFile.open(directory.resolve("lease"));
        assertThat(file.read()).isEmpty();

        file.write(new MonoTime(1));
        file.clear();

        assertThat(file.read()).isEmpty();
    }

    @Test
    void whatAnEarlierBootWroteDoesNotCount(@TempDir Path directory) throws IOException {
        Path path = directory.resolve("lease");
        LeaseFile.open(path).write(new MonoTime(123_456));
        try (var channel = Files.newByteChannel(path, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(8).putLong(0, 4711L));
        }

        assertThat(LeaseFile.open(path).read()).isEmpty();
    }
}
