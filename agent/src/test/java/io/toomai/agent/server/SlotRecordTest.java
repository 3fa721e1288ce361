package io.toomai.agent.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.postgres.PostgresException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is recorded may be dropped later, so a name that was never recorded must never be read.
class SlotRecordTest {
    @SuppressWarnings("NullAway.Init") // set by JUnit
    @TempDir
    private Path directory;

    @SuppressWarnings("NullAway.Init") // set before each test
    private SlotRecord record;

    @BeforeEach
    void open() {
        record = new SlotRecord(directory);
    }

    private static SortedSet<String> names(String... names) {
        return new TreeSet<>(List.of(names));
    }

    @Test
    void theNextProcessFindsWhatWasAddedAndNotRemoved() {
        assertThat(record.read()).isEmpty();
        record.add(names("pg2", "cdc"));
        record.add(names("cdc", "pg3"));
        record.remove("pg2");
        record.remove("pg2");
        record.remove("never");

        assertThat(new SlotRecord(directory).read()).containsExactly("cdc", "pg3");
    }

    @Test
    void onlyItsOwnerReadsIt() throws IOException {
        record.add(names("pg2"));
        assertThat(Files.getPosixFilePermissions(directory.resolve("slots"))).hasSize(2);
    }

    @Test
    void aFileCutOffAnywhereNamesNoSlotThatWasNotThere() throws IOException {
        record.add(names("abc", "abd"));
        byte[] whole = Files.readAllBytes(directory.resolve("slots"));
        for (int length = 0; length < whole.length; length++) {
            Files.write(directory.resolve("slots"), Arrays.copyOf(whole, length));
            assertThat(names("abc", "abd")).as("%s bytes", length).containsAll(record.read());
        }
    }

    @Test
    void garbageIsPassedOverAndTheFileGoesOnBeingUsed() throws IOException {
        Files.write(
                directory.resolve("slots"),
                new byte[] {
                    (byte) 0xff, (byte) 0xfe, '\n', 'p', 'g', '2', '\n', 'A', ' ', 'b', '\n'
                });
        assertThat(record.read()).containsExactly("pg2");
        record.add(names("pg3"));
        assertThat(record.read()).containsExactly("pg2", "pg3");
    }

    @Test
    void whatCannotBeReadIsToldWithItsPath() throws IOException {
        Files.createDirectory(directory.resolve("slots"));
        assertThatThrownBy(record::read)
                .isInstanceOf(PostgresException.class)
                .hasMessageContaining(directory.resolve("slots").toString());
    }
}
