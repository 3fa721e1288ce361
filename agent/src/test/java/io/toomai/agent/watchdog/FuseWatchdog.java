package io.toomai.agent.watchdog;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/// A device file that answers like a kernel watchdog, made by a FUSE server in Python; it tells
/// what was done to it. Where that is not possible the test is skipped and says why.
final class FuseWatchdog implements AutoCloseable {
    /// `WDIOF_SETTIMEOUT | WDIOF_MAGICCLOSE | WDIOF_KEEPALIVEPING`.
    static final int USUAL = 0x8180;

    private final Process server;
    private final Path mount;
    private final List<String> told = new CopyOnWriteArrayList<>();

    private FuseWatchdog(Process server, Path mount) {
        this.server = server;
        this.mount = mount;
        Thread.ofVirtual().start(this::listen);
    }

    static FuseWatchdog mount(Path folder, int options, String... more) throws IOException {
        assumeTrue(
                Files.isWritable(Path.of("/dev/fuse"))
                        && "root".equals(System.getProperty("user.name")),
                "no watchdog by FUSE here: it needs root and /dev/fuse");
        Path mount = Files.createDirectory(folder.resolve("mount"));
        Path script = folder.resolve("fuse-watchdog.py");
        try (InputStream source = FuseWatchdog.class.getResourceAsStream("fuse-watchdog.py")) {
            if (source == null) {
                throw new IOException("fuse-watchdog.py is missing beside the test");
            }
            Files.copy(source, script, StandardCopyOption.REPLACE_EXISTING);
        }
        String python = System.getenv().getOrDefault("TOOMAI_PYTHON", "python3");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                python,
                                script.toString(),
                                mount.toString(),
                                Integer.toHexString(options)));
        command.addAll(Arrays.asList(more));
        Process server = new ProcessBuilder(command).redirectErrorStream(true).start();
        FuseWatchdog made = new FuseWatchdog(server, mount);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> !made.told.isEmpty() || !server.isAlive());
        assumeTrue(made.told.contains("ready"), () -> "no watchdog by FUSE here: " + made.told);
        made.told.clear();
        return made;
    }

    private void listen() {
        try (BufferedReader lines = server.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                told.add(line);
            }
        } catch (IOException e) {
            told.add("the server's output ended: " + e);
        }
    }

    Path device() {
        return mount.resolve("watchdog");
    }

    /// What was done until the device was closed the last time.
    List<String> untilReleased() {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> !told.isEmpty() && told.getLast().startsWith("release"));
        return List.copyOf(told);
    }

    List<String> told() {
        return List.copyOf(told);
    }

    @Override
    public void close() {
        try {
            server.getOutputStream().close(); // it unmounts
            if (!server.waitFor(10, TimeUnit.SECONDS)) {
                server.destroyForcibly();
            }
        } catch (IOException e) {
            server.destroyForcibly();
        } catch (InterruptedException e) {
            server.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
