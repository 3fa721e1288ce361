package io.toomai.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarReaderTest {
    @TempDir Path outer;

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 511, 512, 513, 1000, 1 << 20})
    void anArchiveIsUnpackedWhateverThePieces(int piece) throws IOException {
        byte[] large = new byte[70_000];
        Arrays.fill(large, (byte) 'x');
        byte[] tar =
                new Tar()
                        .add("backup_label", '0', "label".getBytes(StandardCharsets.UTF_8))
                        .add("global/", '5', new byte[0])
                        .add("global/pg_control", '0', new byte[512])
                        .add("base/1/12345", '0', large)
                        .add("empty", '0', new byte[0])
                        .end();
        Path root = outer.resolve("data");
        long files = unpack(root, tar, piece);
        assertThat(files).isEqualTo(4);
        assertThat(root.resolve("backup_label")).hasContent("label");
        assertThat(root.resolve("base/1/12345")).hasBinaryContent(large);
        assertThat(root.resolve("empty")).isEmptyFile();
        assertThat(root.resolve("global/pg_control")).doesNotExist();
        assertThat(root.resolve("global/pg_control.incomplete")).hasSize(512);
        assertThat(permissions(root)).isEqualTo("rwx------");
        assertThat(permissions(root.resolve("global"))).isEqualTo("rwx------");
        assertThat(permissions(root.resolve("empty"))).isEqualTo("rw-------");
    }

    @Test
    void theGroupMayReadWhereTheSourceLetsIt() throws IOException {
        Path root = outer.resolve("data");
        unpack(root, new Tar(0750).add("base/", '5', new byte[0]).end(), 512);
        assertThat(permissions(root.resolve("base"))).isEqualTo("rwxr-x---");
        Path other = outer.resolve("other");
        unpack(other, new Tar(0640).add("f", '0', new byte[3]).end(), 512);
        assertThat(permissions(other.resolve("f"))).isEqualTo("rw-r-----");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../escape",
                "/escape",
                "a/../../escape",
                "a//b",
                "..",
                "",
                "./../x",
                "pg_tblspc/1/x"
            })
    void namesThatLeaveTheDirectoryAreRefused(String name) {
        Path root = outer.resolve("data");
        byte[] tar =
                new Tar()
                        .link("pg_tblspc/1/", outer.resolve("elsewhere").toString())
                        .add(name, '0', new byte[10])
                        .end();
        assertRefused(() -> unpack(root, tar, 512), "is refused");
        assertThat(outer.resolve("escape")).doesNotExist();
        assertThat(outer.resolve("elsewhere")).doesNotExist();
    }

    @Test
    void aStreamThatEndsEarlyIsRefused() {
        byte[] tar = new Tar().add("f", '0', new byte[1000]).end();
        for (int length : new int[] {0, 100, 512, 1000, 1536, 2048, 2559}) {
            Path root = outer.resolve("cut-" + length);
            assertRefused(() -> unpack(root, Arrays.copyOf(tar, length), 512), "stream was cut");
        }
    }

    @ParameterizedTest
    @ValueSource(chars = {'L', 'K', 'x', 'g', '1', '3', '6'})
    void whatPostgresqlNeverSendsIsRefused(char type) {
        byte[] tar = new Tar().add("f", type, new byte[0]).end();
        assertRefused(() -> unpack(outer.resolve("data"), tar, 512), "entry 'f'");
    }

    @Test
    void damagedHeadersAreRefused() {
        byte[] tar = new Tar().add("f", '0', new byte[10]).end();
        tar[0] = 'g';
        assertRefused(() -> unpack(outer.resolve("data"), tar, 512), "checksum");
        byte[] notUtf8 = new Tar().add("f\u00FF", '0', new byte[0], 0xFF).end();
        assertRefused(() -> unpack(outer.resolve("data2"), notUtf8, 512), "not UTF-8");
        byte[] twice = new Tar().add("f", '0', new byte[0]).add("f", '0', new byte[0]).end();
        assertRefused(() -> unpack(outer.resolve("data3"), twice, 512), "twice");
    }

    @Test
    void sizesFrom8GibAreRead() {
        var sizes = new ByteArrayOutputStream();
        var reader =
                new TarReader(
                        "t",
                        new TarReader.Entries() {
                            @Override
                            public void directory(String name, int mode) {}

                            @Override
                            public void symlink(String name, String linkTarget) {}

                            @Override
                            public void fileStart(String name, int mode, long size) {
                                sizes.writeBytes(
                                        Long.toString(size).getBytes(StandardCharsets.US_ASCII));
                            }

                            @Override
                            public void fileContent(ByteBuffer bytes) {}

                            @Override
                            public void fileEnd() {}
                        });
        reader.accept(ByteBuffer.wrap(new Tar().header("big", '0', 9L << 30, "")));
        assertThat(sizes.toString(StandardCharsets.US_ASCII)).isEqualTo("9663676416");
    }

    @Test
    void aTargetInUseIsRefused() throws IOException {
        Path file = Files.writeString(outer.resolve("PG_VERSION"), "15");
        assertThatThrownBy(() -> TargetDirectory.claim(outer, 0700))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("not empty (it holds PG_VERSION)");
        assertThatThrownBy(() -> TargetDirectory.claim(file, 0700))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("is not a directory");
        TargetDirectory.claim(Files.createDirectory(outer.resolve("empty")), 0700);
    }

    @Test
    void aFullDiskNamesThePathAndWhatIsFree() {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.exists(full), "skipped: this system has no /dev/full");
        assertThatThrownBy(
                        () -> {
                            try (var out = new FileOutputStream(full.toFile())) {
                                out.write(1);
                            } catch (IOException e) {
                                throw FileFailure.of(full, e);
                            }
                        })
                .isInstanceOfSatisfying(
                        WireException.class,
                        e -> assertThat(e.code()).isEqualTo(WireException.Code.WIRE_DISK_FULL))
                .hasMessageContaining("/dev/full")
                .hasMessageContaining("bytes free");
    }

    private static long unpack(Path root, byte[] tar, int piece) {
        TargetDirectory.claim(root, 0700);
        try (var writer = new DirectoryWriter(root, (_, target) -> Path.of(target))) {
            var reader = new TarReader("base.tar", writer);
            for (int i = 0; i < tar.length; i += piece) {
                reader.accept(ByteBuffer.wrap(tar, i, Math.min(piece, tar.length - i)));
            }
            reader.finish();
            return writer.files();
        }
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static void assertRefused(Runnable action, String message) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        WireException.class,
                        e -> assertThat(e.code()).isEqualTo(WireException.Code.WIRE_ARCHIVE))
                .hasMessageContaining(message);
    }

    /// Builds archives, also wrong ones.
    private static final class Tar {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final int mode;

        Tar() {
            this(0700);
        }

        Tar(int mode) {
            this.mode = mode;
        }

        Tar add(String name, char type, byte[] content) {
            out.writeBytes(header(name, type, content.length, ""));
            out.writeBytes(content);
            out.writeBytes(new byte[(512 - content.length % 512) % 512]);
            return this;
        }

        /// The second byte of the name replaced by a raw one.
        Tar add(String name, char type, byte[] content, int raw) {
            byte[] header = header(name, type, content.length, "");
            header[1] = (byte) raw;
            header[2] = 0;
            out.writeBytes(withChecksum(header));
            return this;
        }

        Tar link(String name, String target) {
            out.writeBytes(header(name, '2', 0, target));
            return this;
        }

        byte[] end() {
            out.writeBytes(new byte[1024]);
            return out.toByteArray();
        }

        byte[] header(String name, char type, long size, String target) {
            byte[] block = new byte[512];
            put(block, 0, name);
            put(block, 100, String.format("%07o", mode));
            if (size < 8L << 30) {
                put(block, 124, String.format("%011o", size));
            } else {
                ByteBuffer.wrap(block).putLong(128, size);
                block[124] = (byte) 0x80;
            }
            block[156] = (byte) type;
            put(block, 157, target);
            put(block, 257, "ustar\00000");
            return withChecksum(block);
        }

        private static byte[] withChecksum(byte[] block) {
            put(block, 148, "        ");
            int sum = 0;
            for (byte b : block) {
                sum += b & 0xFF;
            }
            put(block, 148, String.format("%06o\0 ", sum));
            return block;
        }

        private static void put(byte[] block, int offset, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            System.arraycopy(bytes, 0, block, offset, bytes.length);
        }
    }
}
