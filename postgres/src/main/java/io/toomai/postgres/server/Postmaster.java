package io.toomai.postgres.server;

import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.ServerLayout;
import io.toomai.postgres.install.PostgresInstall;
import io.toomai.postgres.install.Tool;
import io.toomai.postgres.os.ChildProcess;
import io.toomai.postgres.os.DurableFiles;
import io.toomai.postgres.os.ProcessExit;
import io.toomai.postgres.os.ProcessTable;
import io.toomai.postgres.os.ProcessTable.WhenUnknown;
import io.toomai.postgres.os.Signal;
import io.toomai.postgres.os.Signals;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The postmaster of one data directory. It is started in a session of its own, so it outlives this
/// process and a terminal's signals, and is found again by `postmaster.pid` and `/proc`.
/// Thread-safe: any thread may stop it while another observes it; starting is for one thread at a
/// time.
public final class Postmaster {
    private static final Logger log = LoggerFactory.getLogger(Postmaster.class);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(10);
    private static final Duration LAST_RESORT = Duration.ofSeconds(5);
    private static final long LOG_LIMIT = 16L << 20;
    private static final int COMMAND_LENGTH = 15; // what the kernel keeps of a program's name

    private final ServerLayout layout;
    private final PostgresInstall install;
    private final Signals signals;
    private volatile @Nullable Process spawned;
    private volatile long logStart;

    public Postmaster(ServerLayout layout, PostgresInstall install, Signals signals) {
        this.layout = layout;
        this.install = install;
        this.signals = signals;
    }

    /// A living postmaster.
    ///
    /// @param status line of `postmaster.pid`; empty text when not yet written
    public record Running(long pid, String status) {
        public boolean saysReady() {
            return status.equals("ready") || status.equals("standby");
        }

        public boolean saysStopping() {
            return status.equals("stopping");
        }
    }

    /// The living postmaster of this data directory, whoever started it. A zombie is dead, and so
    /// is one that never runs again; a recycled process number is seen through.
    public Optional<Running> find() {
        Optional<Running> found =
                PostmasterFile.read(layout.dataDirectory())
                        .filter(file -> isServerProcess(file.pid(), WhenUnknown.YES))
                        .filter(file -> !ProcessTable.isDoomed(file.pid()))
                        .map(file -> new Running(file.pid(), file.status()));
        if (found.isPresent()) {
            return found;
        }
        // Started a moment ago, has not written its file yet.
        Process mine = spawned;
        // The JVM learns of a child's death a moment after the kernel.
        return mine != null
                        && mine.isAlive()
                        && ProcessTable.find(mine.pid())
                                .filter(ProcessTable.Entry::isAlive)
                                .isPresent()
                ? Optional.of(new Running(mine.pid(), ""))
                : Optional.empty();
    }

    private boolean isServerProcess(long pid, WhenUnknown unknown) {
        return ProcessTable.find(pid)
                .filter(ProcessTable.Entry::isAlive)
                .filter(entry -> isServerCommand(entry.command()))
                .filter(entry -> ProcessTable.worksIn(pid, layout.dataDirectory(), unknown))
                .isPresent();
    }

    private boolean isServerCommand(String command) {
        Path program = install.tools().get(Tool.POSTGRES);
        String name = program == null ? "postgres" : program.getFileName().toString();
        return command.equals("postgres")
                || command.equals("postmaster")
                || command.equals(name.substring(0, Math.min(COMMAND_LENGTH, name.length())));
    }

    /// Starts it and returns its process number at once; `awaitReady` waits.
    ///
    /// @param parameters go on the command line as `--name=value`, so that ALTER SYSTEM cannot
    ///   override them
    /// @throws IllegalStateException when one runs already
    public long start(SortedMap<String, String> parameters) {
        find().ifPresent(running -> {
            throw new IllegalStateException(
                    "a postmaster runs already in "
                            + layout.dataDirectory()
                            + ", process "
                            + running.pid());
        });
        DurableFiles.delete(PostmasterFile.in(layout.dataDirectory()));
        List<String> arguments = new ArrayList<>();
        arguments.add("-D");
        arguments.add(install.launch().inside(layout.dataDirectory()));
        arguments.add("--config_file=" + install.launch().inside(layout.mainConfiguration()));
        parameters.forEach((name, value) -> arguments.add("--" + name + "=" + value));
        List<String> command = new ArrayList<>(ownSession());
        command.addAll(install.command(Tool.POSTGRES, arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        ChildProcess.cleanEnvironment(builder.environment());
        builder.redirectInput(new File("/dev/null"));
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(openLog().toFile()));
        Process process = ChildProcess.start(builder);
        spawned = process;
        log.info("postmaster started pid={} data_dir={}", process.pid(), layout.dataDirectory());
        return process.pid();
    }

    /// setsid(1) execs in place when its caller leads no process group, which a child of ours never
    /// does; so the process number stays that of the postmaster.
    private static List<String> ownSession() {
        for (String program : List.of("/usr/bin/setsid", "/bin/setsid")) {
            if (Files.isExecutable(Path.of(program))) {
                return List.of(program);
            }
        }
        return List.of();
    }

    private Path openLog() {
        Path file = layout.log();
        try {
            Path parent = file.getParent();
            if (parent != null && !Files.isDirectory(parent)) {
                Files.createDirectories(parent);
                DurableFiles.takeOwnerOfDirectory(parent);
            }
            if (Files.exists(file) && Files.size(file) > LOG_LIMIT) {
                Files.move(
                        file,
                        file.resolveSibling(file.getFileName() + ".1"),
                        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }
            logStart = Files.exists(file) ? Files.size(file) : 0;
            return file;
        } catch (IOException e) {
            throw DurableFiles.failure("could not be opened", file, e);
        }
    }

    /// How a start went.
    public sealed interface Start {
        /// It accepts connections: as a primary, or as a standby that has reached consistency.
        record Ready() implements Start {}

        /// @param why the last lines that it printed
        record Exited(String why) implements Start {}

        /// It still lives and may become ready later.
        record NotYet() implements Start {}
    }

    /// Waits until the postmaster says it is ready, ends, or the time is over.
    public Start awaitReady(Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        while (true) {
            Optional<Running> running = find();
            if (running.isEmpty()) {
                return new Start.Exited(lastWords());
            }
            if (running.get().saysReady()) {
                return new Start.Ready();
            }
            if (System.nanoTime() - end >= 0 || Thread.currentThread().isInterrupted()) {
                return new Start.NotYet();
            }
            ProcessExit.waitFor(running.get().pid(), LOOK_AGAIN);
        }
    }

    /// What the server printed last since it was started by this process; its reason to exit.
    public String lastWords() {
        try (var channel = Files.newByteChannel(layout.log())) {
            long from = Math.max(logStart, channel.size() - 4096);
            var bytes = java.nio.ByteBuffer.allocate((int) Math.max(0, channel.size() - from));
            channel.position(from);
            int count = 0;
            while (count >= 0 && bytes.hasRemaining()) {
                count = channel.read(bytes);
            }
            String text = new String(bytes.array(), java.nio.charset.StandardCharsets.UTF_8);
            String said = text.strip();
            return said.isEmpty() ? "it printed nothing; see its own log directory" : said;
        } catch (IOException e) {
            return "its output in " + layout.log() + " could not be read: " + e.getMessage();
        }
    }

    /// How PostgreSQL shuts down.
    public enum StopMode {
        /// Waits for sessions to end.
        SMART(Signal.TERM),
        /// Ends sessions, writes a checkpoint.
        FAST(Signal.INT),
        /// Ends at once; the next start recovers from the WAL.
        IMMEDIATE(Signal.QUIT);

        private final Signal signal;

        StopMode(Signal signal) {
            this.signal = signal;
        }
    }

    /// What happens when a stop is not done in time.
    public enum Escalation {
        /// Immediate shutdown, then SIGKILL to the postmaster and its children.
        FORCE,
        /// Leave it; the caller decides.
        NONE
    }

    /// How a stop went.
    public enum Stopped {
        /// There was none, or it ended by itself as asked.
        AS_ASKED,
        BY_FORCE,
        STILL_RUNNING
    }

    /// Stops it and returns when it is gone or nothing more can be done. With `FORCE` the whole
    /// takes at most `patience` plus about ten seconds; only a process stuck in the kernel survives
    /// that.
    public Stopped stop(StopMode mode, Duration patience, Escalation escalation) {
        Optional<Running> running = find();
        if (running.isEmpty()) {
            return Stopped.AS_ASKED;
        }
        long pid = running.get().pid();
        signals.send(pid, mode.signal);
        if (ProcessExit.waitUnlessInterrupted(pid, patience)) {
            return Stopped.AS_ASKED;
        }
        // Who gives up waiting has not asked for force.
        if (escalation == Escalation.NONE || Thread.currentThread().isInterrupted()) {
            return Stopped.STILL_RUNNING;
        }
        if (mode != StopMode.IMMEDIATE) {
            log.warn("postmaster pid={} did not stop in {}, forcing it", pid, patience);
            signals.send(pid, Signal.QUIT);
            if (ProcessExit.waitFor(pid, LAST_RESORT.dividedBy(2))) {
                return Stopped.BY_FORCE;
            }
        }
        return kill(LAST_RESORT) instanceof Orphans.Gone ? Stopped.BY_FORCE : Stopped.STILL_RUNNING;
    }

    /// SIGKILL to the postmaster and all its children; nothing of this cluster can confirm a commit
    /// after that, see [Orphans.Doomed]. Writes no file, as a disk may be why it is needed.
    public Orphans kill(Duration timeout) {
        return endAll(find().map(Running::pid), timeout);
    }

    /// What became of the processes of a server that is to end.
    public sealed interface Orphans {
        /// @param killed how many had to be ended
        record Gone(int killed) implements Orphans {}

        /// These wait in the kernel, mostly for a disk. SIGKILL is pending on each, so none of them
        /// runs another line of its program, whenever the disk comes back: it writes, sends and
        /// forks nothing any more. But what it has asked the kernel to write may still be written,
        /// so nobody may use the data before they are gone.
        record Doomed(List<Long> pids) implements Orphans {
            public Doomed {
                pids = List.copyOf(pids);
            }
        }

        /// These could not be killed in time.
        record Left(List<Long> pids) implements Orphans {
            public Left {
                pids = List.copyOf(pids);
            }
        }

        record PostmasterLives(long pid) implements Orphans {}
    }

    /// Ends the children that a killed postmaster left behind, and removes its `postmaster.pid`.
    /// Needed before a restart or a rewind: a busy backend goes on, could still confirm commits,
    /// and a new postmaster refuses to start beside it (shared memory).
    public Orphans killOrphans(Duration timeout) {
        Optional<Running> alive = find();
        if (alive.isPresent()) {
            return new Orphans.PostmasterLives(alive.get().pid());
        }
        Orphans ended = endAll(Optional.empty(), timeout);
        if (ended instanceof Orphans.Gone(var killed)) {
            DurableFiles.delete(PostmasterFile.in(layout.dataDirectory()));
            if (killed > 0) {
                log.warn(
                        "ended {} processes that a dead postmaster left data_dir={}",
                        killed,
                        layout.dataDirectory());
            }
        }
        return ended;
    }

    private Orphans endAll(Optional<Long> postmaster, Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        int killed = 0;
        // The postmaster first: once the signal is pending it forks nobody any more.
        postmaster.ifPresent(pid -> signals.send(pid, Signal.KILL));
        NavigableSet<Long> left = new TreeSet<>(serverProcesses());
        postmaster.filter(Postmaster::isAlive).ifPresent(left::add);
        // A dying backend may have just forked nothing, but the archiver may: look until none is
        // left.
        while (!left.isEmpty()) {
            killed += left.size();
            left.forEach(pid -> signals.send(pid, Signal.KILL));
            boolean allGone = true;
            for (long pid : left) {
                Duration rest = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
                allGone &= ProcessExit.waitFor(pid, rest);
            }
            left = new TreeSet<>(serverProcesses());
            postmaster.filter(Postmaster::isAlive).ifPresent(left::add);
            if (!allGone && !left.isEmpty()) {
                List<Long> pids = List.copyOf(left);
                return pids.stream().allMatch(ProcessTable::isDoomed)
                        ? new Orphans.Doomed(pids)
                        : new Orphans.Left(pids);
            }
        }
        return new Orphans.Gone(killed);
    }

    private static boolean isAlive(long pid) {
        return ProcessTable.find(pid).filter(ProcessTable.Entry::isAlive).isPresent();
    }

    /// All that work in the data directory, the postmaster among them.
    private List<Long> serverProcesses() {
        return ProcessTable.all().stream()
                .filter(ProcessTable.Entry::isAlive)
                .filter(entry -> isServerCommand(entry.command()))
                .map(ProcessTable.Entry::pid)
                .filter(pid -> ProcessTable.worksIn(pid, layout.dataDirectory(), WhenUnknown.NO))
                .toList();
    }

    /// Makes the server read its configuration files again.
    ///
    /// @return whether there was one to tell
    public boolean reload() {
        return find().map(running -> signals.send(running.pid(), Signal.HUP))
                .filter(Signals.Delivery.SENT::equals)
                .isPresent();
    }

    /// Tells one process of this server to end; anybody else's is left alone.
    public void endChild(long pid) {
        if (isServerProcess(pid, WhenUnknown.NO)) {
            signals.send(pid, Signal.TERM);
        }
    }

    /// Asks a standby to leave recovery; returns at once. As pg_ctl does: a file, then a signal. A
    /// postmaster removes the file when it starts, so it need not survive a crash.
    ///
    /// @throws PostgresException `NOT_READY` when none runs
    public void promote() {
        Running running =
                find().orElseThrow(() ->
                        new PostgresException(
                                Code.NOT_READY,
                                "no postmaster runs in "
                                        + layout.dataDirectory()
                                        + ": nothing to promote"));
        DurableFiles.writeForThisRun(layout.dataDirectory().resolve("promote"), "");
        signals.send(running.pid(), Signal.USR1);
    }
}
