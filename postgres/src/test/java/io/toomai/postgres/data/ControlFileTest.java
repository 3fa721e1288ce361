package io.toomai.postgres.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.ControlFacts;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.Timeline;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ControlFileTest {
    @TempDir Path directory;

    private static ByteBuffer file(int version, int checksumAt) {
        ByteBuffer bytes = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(0, 0xF000_0000_0000_0001L);
        bytes.putInt(8, version);
        bytes.putInt(16, 5);
        bytes.putLong(32, 0x5_0000_0060L);
        bytes.putInt(48, 3);
        bytes.putLong(136, 0x5_0000_0100L);
        bytes.putInt(144, 2);
        bytes.put(176, (byte) 1);
        bytes.putInt(180, 100);
        bytes.putInt(228, 16 << 20);
        CRC32C checksum = new CRC32C();
        checksum.update(bytes.duplicate().limit(checksumAt));
        bytes.putInt(checksumAt, (int) checksum.getValue());
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({"1300,288", "1700,288", "1800,292"})
    void everyLayoutIsRead(int version, int checksumAt) {
        ControlRead read = ControlFile.parse(file(version, checksumAt), "f");
        assertThat(read).isInstanceOf(ControlRead.Intact.class);
        ControlData data = ((ControlRead.Intact) read).data();
        assertThat(data.facts().system().digits()).isEqualTo("17293822569102704641");
        assertThat(data.facts().state()).isEqualTo(ControlFacts.State.IN_ARCHIVE_RECOVERY);
        assertThat(data.facts().timeline()).isEqualTo(new Timeline(3));
        assertThat(data.facts().checkpoint()).isEqualTo(Lsn.parse("5/60"));
        assertThat(data.facts().minRecoveryEnd()).isEqualTo(Lsn.parse("5/100"));
        assertThat(data.facts().minRecoveryTimeline()).isEqualTo(new Timeline(2));
        assertThat(data.limits().maxConnections()).isEqualTo(100);
        assertThat(data.canRewind()).isTrue();
    }

    @Test
    void everySingleDamagedByteIsNoticed() {
        for (int i = 0; i < 292; i++) {
            ByteBuffer bytes = file(1300, 288);
            bytes.put(i, (byte) (bytes.get(i) ^ 4));
            assertThat(ControlFile.parse(bytes, "f"))
                    .as("byte %d", i)
                    .isInstanceOf(ControlRead.Corrupt.class);
        }
    }

    @Test
    void aShortUnknownOrMissingFileIsCorrupt() {
        assertThat(ControlFile.parse(ByteBuffer.allocate(100), "f"))
                .isInstanceOf(ControlRead.Corrupt.class);
        assertThat(ControlFile.parse(file(1234, 288), "f")).isInstanceOf(ControlRead.Corrupt.class);
        assertThat(ControlFile.read(directory)).isInstanceOf(ControlRead.Corrupt.class);
    }
}
