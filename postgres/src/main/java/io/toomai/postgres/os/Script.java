package io.toomai.postgres.os;

import io.toomai.postgres.PostgresException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A command of the operator's while it runs: a callback, a hook. It inherits this process's
/// environment but for our own settings, which hold secrets; of what it prints the end is kept. For
/// one thread at a time.
///
/// Nobody waits for what it leaves behind: its output is read only while there is some, so a child
/// that keeps the pipe open holds up nothing. Such a child should print elsewhere, as the pipe is
/// closed when the command has ended.
public final class Script {
    private static final Logger log = LoggerFactory.getLogger(Script.class);
    private static final Pattern OURS = Pattern.compile("PATRONI_.*|TOOMAI_.*|NOTIFY_SOCKET");
    private static final int KEPT = 4096;
    private static final int AT_ONCE = 1 << 20;
    private static final int TOLD_LINES = 8;
    private static final int ROUNDS = 10;
    private static final long SHORTEST_NANOS = 2_000_000;
    private static final long LONGEST_NANOS = 100_000_000;

    private final Process process;
    private final Signals signals = new NativeSignals();
    private final byte[] buffer = new byte[1 << 16];
    private byte[] end = new byte[0];

    private Script(Process process) {
        this.process = process;
    }

    /// @throws PostgresException `PROGRAM_FAILED` when it cannot be started
    public static Script start(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectInput(new File("/dev/null"));
        builder.redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> OURS.matcher(name).matches());
        return new Script(ChildProcess.start(builder));
    }

    /// How it went.
    ///
    /// @param status -1 where it was ended because its time was over
    /// @param said the end of what it printed, one line
    public record Result(Program.End end, int status, String said) {
        public boolean succeeded() {
            return end == Program.End.EXITED && status == 0;
        }

        /// How it ended and what it said last, for messages.
        public String explanation() {
            String how =
                    switch (end) {
                        case EXITED -> "exit status " + status;
                        case TIMED_OUT -> "it did not end in time and was killed";
                    };
            return said.isEmpty() ? how : how + ", it said last: " + said;
        }
    }

    /// Waits for its end. When the time is over it and what it started are asked to end, then
    /// killed.
    ///
    /// @throws InterruptedException at once; it goes on then
    public Result await(Duration patience) throws InterruptedException {
        long begun = System.nanoTime();
        long pause = SHORTEST_NANOS;
        while (true) {
            boolean talks = read();
            long left = patience.toNanos() - (System.nanoTime() - begun);
            if (left <= 0) {
                ChildProcess.kill(process);
                read();
                return new Result(Program.End.TIMED_OUT, -1, said());
            }
            pause = talks ? SHORTEST_NANOS : Math.min(2 * pause, LONGEST_NANOS);
            if (process.waitFor(Math.min(pause, left), TimeUnit.NANOSECONDS)) {
                read();
                close();
                return new Result(Program.End.EXITED, process.exitValue(), said());
            }
        }
    }

    /// Asks it and what it started to end, then kills; a few seconds at most.
    public void end() {
        ChildProcess.kill(process);
    }

    /// SIGKILL to it and to what it started. Each is stopped first, so that none starts another
    /// meanwhile.
    public void kill() {
        Set<ProcessHandle> stopped = new LinkedHashSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            List<ProcessHandle> more =
                    Stream.concat(Stream.of(process.toHandle()), process.descendants())
                            .filter(one -> one.isAlive() && !stopped.contains(one))
                            .toList();
            if (more.isEmpty()) {
                break;
            }
            more.forEach(one -> signals.send(one.pid(), Signal.STOP));
            stopped.addAll(more);
        }
        for (ProcessHandle one : stopped) {
            if (!one.destroyForcibly() && one.isAlive()) {
                log.warn("process {} of a script may not be killed: another user's", one.pid());
            }
        }
    }

    private boolean read() {
        try {
            InputStream output = process.getInputStream();
            int taken = 0;
            while (taken < AT_ONCE) {
                int ready = Math.min(output.available(), buffer.length);
                int count = ready == 0 ? 0 : output.read(buffer, 0, ready);
                if (count <= 0) {
                    break;
                }
                keep(count);
                taken += count;
            }
            return taken > 0;
        } catch (IOException e) {
            log.debug("output of a script ended: {}", e.toString());
            return false;
        }
    }

    private void keep(int count) {
        byte[] all = Arrays.copyOf(end, end.length + count);
        System.arraycopy(buffer, 0, all, end.length, count);
        end = Arrays.copyOfRange(all, Math.max(0, all.length - KEPT), all.length);
    }

    private void close() {
        try {
            process.getInputStream().close();
        } catch (IOException e) {
            log.debug("output of a script: {}", e.toString());
        }
    }

    private String said() {
        List<String> lines =
                new String(end, StandardCharsets.UTF_8).lines().filter(l -> !l.isBlank()).toList();
        return lines.subList(Math.max(0, lines.size() - TOLD_LINES), lines.size()).stream()
                .map(String::strip)
                .collect(Collectors.joining(" | "));
    }
}
