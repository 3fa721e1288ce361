package io.toomai.agent.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A file system of its own, on a loop device, that can be filled, or made to stall: writes and
/// fsyncs wait in the kernel, where no signal ends them, and reads go on. Needs root.
final class LoopDisk implements AutoCloseable {
    static final long LARGE = 1L << 30;
    static final long SMALL = 256L << 20;

    private final Path image;
    private final Path mount;
    private boolean frozen;

    private LoopDisk(Path image, Path mount) {
        this.image = image;
        this.mount = mount;
    }

    /// Skips the test, with the reason, where such a disk cannot be made.
    static LoopDisk make(long size) throws IOException {
        assumeTrue(System.getProperty("user.name").equals("root"), "a loop device needs root");
        for (String program : List.of("mkfs.ext4", "mount", "umount", "fsfreeze")) {
            assumeTrue(run("which", program) == 0, program + " is missing");
        }
        Path image = Files.createTempFile("toomai-disk-", ".img");
        Path mount = Files.createTempDirectory("toomai-disk-");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(size);
        }
        LoopDisk disk = new LoopDisk(image, mount);
        boolean mounted =
                run("mkfs.ext4", "-q", "-F", "-m", "0", image.toString()) == 0
                        && run("mount", "-o", "loop", image.toString(), mount.toString()) == 0;
        if (!mounted) {
            disk.close();
        }
        assumeTrue(mounted, "no loop device can be mounted here");
        return disk;
    }

    Path path() {
        return mount;
    }

    /// Until nothing more goes in.
    void fill() throws IOException {
        assertThat(run("dd", "if=/dev/zero", "of=" + filler(), "bs=64k")).isNotZero();
    }

    void makeRoom() throws IOException {
        Files.delete(filler());
    }

    private Path filler() {
        return mount.resolve("filler");
    }

    void freeze() throws IOException {
        frozen = true;
        assertThat(run("fsfreeze", "-f", mount.toString())).isZero();
    }

    void thaw() throws IOException {
        if (frozen) {
            assertThat(run("fsfreeze", "-u", mount.toString())).isZero();
            frozen = false;
        }
    }

    private static int run(String... command) throws IOException {
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            return process.waitFor(30, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() throws IOException {
        thaw();
        run("umount", "--lazy", mount.toString());
        Files.delete(mount);
        Files.delete(image);
    }
}
