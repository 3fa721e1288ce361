package io.toomai.agent.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.Pledge;
import io.toomai.core.model.MemberName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PledgeFileTest {
    private static final Pledge PLEDGE = new Pledge(new MemberName("pg 1=ü"), 4711, -1);

    @SuppressWarnings("NullAway.Init") // set by JUnit
    @TempDir
    private Path directory;

    @Test
    void whatIsWrittenIsFoundByTheNextProcess() {
        new PledgeFile(directory).write(PLEDGE);

        PledgeFile next = new PledgeFile(directory);
        assertThat(next.read()).isEqualTo(new PledgeFile.Content.Promised(PLEDGE));
        assertThat(next.forbidsReceiving()).isTrue();

        next.clear();
        next.clear();
        assertThat(next.read()).isEqualTo(new PledgeFile.Content.Nothing());
        assertThat(next.forbidsReceiving()).isFalse();
    }

    @Test
    void aFileCutOffAnywhereForbidsAndPromisesNothing() throws IOException {
        PledgeFile file = new PledgeFile(directory);
        file.write(PLEDGE);
        byte[] whole = Files.readAllBytes(file.path());
        for (int length = 0; length < whole.length; length++) {
            Files.write(file.path(), java.util.Arrays.copyOf(whole, length));
            assertThat(file.read()).isInstanceOf(PledgeFile.Content.Unreadable.class);
            assertThat(file.forbidsReceiving()).isTrue();
        }
    }

    @Test
    void noFlippedBitMakesAnotherPledge() throws IOException {
        PledgeFile file = new PledgeFile(directory);
        file.write(PLEDGE);
        byte[] whole = Files.readAllBytes(file.path());
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            Files.write(file.path(), flipped);
            assertThat(file.read()).isInstanceOf(PledgeFile.Content.Unreadable.class);
        }
    }

    @Test
    void garbageAndADirectoryForbidToo() throws IOException {
        PledgeFile file = new PledgeFile(directory);
        Files.write(file.path(), "{\"leader\": \"pg1\"}".getBytes(StandardCharsets.UTF_8));
        assertThat(file.read()).isInstanceOf(PledgeFile.Content.Unreadable.class);
        Files.delete(file.path());
        Files.createDirectory(file.path());
        assertThat(file.read()).isInstanceOf(PledgeFile.Content.Unreadable.class);
        assertThat(file.forbidsReceiving()).isTrue();
    }
}
