package io.toomai.dcs;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Real servers of a store, by number, with their data and logs in one folder. They end with
/// [#close].
public abstract class ServerProcesses implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path dir;
    private final List<Process> processes = new ArrayList<>();

    protected ServerProcesses(Path dir) {
        this.dir = dir;
    }

    /// What starts that server.
    protected abstract List<String> command(int server);

    /// Whether that server knows a leader, and is in touch with it.
    protected abstract boolean serves(int server);

    /// The server that leads the others.
    ///
    /// @throws AssertionError when none does
    public abstract int leading() throws Exception;

    public final int following() throws Exception {
        return (leading() + 1) % count();
    }

    /// That server's as messages name it.
    public abstract String address(int server);

    protected final Path dir() {
        return dir;
    }

    protected final void startAll(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            processes.add(launch(i));
        }
        awaitServing();
    }

    private Process launch(int server) throws IOException {
        return new ProcessBuilder(command(server))
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(
                                dir.resolve("server" + server + ".log").toFile()))
                .start();
    }

    public final int count() {
        return processes.size();
    }

    public final void awaitServing() {
        for (int i = 0; i < processes.size(); i++) {
            awaitServing(i);
        }
    }

    private void awaitServing(int server) {
        await("server " + server + " serves, see " + dir)
                .atMost(PATIENCE)
                .until(() -> serves(server));
    }

    public final void kill(int server) throws InterruptedException {
        Process process = processes.get(server).destroyForcibly();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            throw new AssertionError("server " + server + " does not end");
        }
    }

    public final void restart(int server) throws IOException {
        if (!processes.get(server).isAlive()) {
            processes.set(server, launch(server));
        }
        awaitServing(server);
    }

    public final void freeze(int server) throws Exception {
        signal(server, "STOP");
    }

    /// Lets it go on, and does not wait.
    public final void unfreeze(int server) throws Exception {
        signal(server, "CONT");
    }

    public final void thaw(int server) throws Exception {
        unfreeze(server);
        awaitServing(server);
    }

    private void signal(int server, String name) throws Exception {
        int code =
                new ProcessBuilder("kill", "-" + name, Long.toString(processes.get(server).pid()))
                        .start()
                        .waitFor();
        if (code != 0) {
            throw new AssertionError("kill -" + name + " failed");
        }
    }

    @Override
    public final void close() {
        processes.forEach(Process::destroyForcibly);
        processes.forEach(process -> process.onExit().join());
    }
}
