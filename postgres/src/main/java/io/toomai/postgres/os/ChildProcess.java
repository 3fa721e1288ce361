package io.toomai.postgres.os;

import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs programs. Each is bounded by its time, its output by a limit; it and what it started are
/// killed when the time is over or the calling thread is interrupted.
public final class ChildProcess {
    private static final Logger log = LoggerFactory.getLogger(ChildProcess.class);
    private static final int KEPT_CHARACTERS = 131_072;
    private static final int LONGEST_LINE = 4096;
    private static final Duration GRACE = Duration.ofSeconds(2);
    // Ours hold secrets; libpq's would redirect the tools to another server.
    // PGBACKREST_… and the like belong to archive commands and stay.
    private static final Pattern STRIPPED =
            Pattern.compile("PATRONI_.*|TOOMAI_.*|KUBERNETES_.*|NOTIFY_SOCKET|PG[A-Z0-9]+");

    private ChildProcess() {}

    /// Runs to the end.
    ///
    /// @throws PostgresException `PROGRAM_FAILED` when it cannot be started, `INTERRUPTED`
    public static Program.Result run(Program program) {
        ProcessBuilder builder = new ProcessBuilder(program.command());
        builder.redirectInput(new File("/dev/null"));
        program.directory().ifPresent(directory -> builder.directory(directory.toFile()));
        cleanEnvironment(builder.environment());
        builder.environment().putAll(program.environment());
        Process process = start(builder);
        Tail output = new Tail(program.onLine());
        Tail errors = new Tail(program.onLine());
        Thread outputReader = output.readFrom(process.getInputStream());
        Thread errorReader = errors.readFrom(process.getErrorStream());
        try {
            boolean ended = process.waitFor(program.timeout().toNanos(), TimeUnit.NANOSECONDS);
            if (!ended) {
                kill(process);
            }
            // Something it left behind may hold the pipes open: do not wait for that.
            outputReader.join(GRACE);
            errorReader.join(GRACE);
            return new Program.Result(
                    ended ? Program.End.EXITED : Program.End.TIMED_OUT,
                    ended ? process.exitValue() : -1,
                    output.text(),
                    errors.text());
        } catch (InterruptedException e) {
            kill(process);
            Thread.currentThread().interrupt();
            throw new PostgresException(
                    Code.INTERRUPTED, program.command().getFirst() + " was told to stop", e);
        }
    }

    /// Starts what outlives the caller; the caller has set input, output and environment.
    public static Process start(ProcessBuilder builder) {
        try {
            return builder.start();
        } catch (IOException e) {
            throw new PostgresException(
                    Code.PROGRAM_FAILED,
                    "program "
                            + builder.command().getFirst()
                            + " could not be started: "
                            + e.getMessage(),
                    e);
        }
    }

    /// Removes what programs of PostgreSQL must not inherit.
    public static void cleanEnvironment(Map<String, String> environment) {
        environment.keySet().removeIf(name -> STRIPPED.matcher(name).matches());
        // The agent's own number of arenas need not be that of PostgreSQL.
        String arenas = environment.remove("PG_MALLOC_ARENA_MAX");
        if (arenas != null) {
            environment.put("MALLOC_ARENA_MAX", arenas);
        }
    }

    /// Ends a process and what it started: asks, then forces. Bounded by a few seconds.
    public static void kill(Process process) {
        List<ProcessHandle> all =
                Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
        all.forEach(ProcessHandle::destroy);
        long end = System.nanoTime() + GRACE.toNanos();
        for (ProcessHandle one : all) {
            Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
            if (!ProcessExit.waitFor(one.pid(), left)) {
                log.warn("process {} did not end when asked and is killed", one.pid());
                one.destroyForcibly();
                if (!ProcessExit.waitFor(one.pid(), GRACE)) {
                    log.warn("process {} could not be killed: is its disk stalled?", one.pid());
                }
            }
        }
    }

    /// The last part of a stream.
    private static final class Tail {
        private final StringBuilder kept = new StringBuilder();
        private final Consumer<String> onLine;

        Tail(Consumer<String> onLine) {
            this.onLine = onLine;
        }

        Thread readFrom(InputStream stream) {
            return Thread.ofVirtual().name("program-output").start(() -> readAll(stream));
        }

        private void readAll(InputStream stream) {
            try (BufferedReader reader =
                    new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                StringBuilder line = new StringBuilder();
                for (int c = reader.read(); c >= 0; c = reader.read()) {
                    if (c != '\n') {
                        line.append((char) c);
                    }
                    if (c == '\n' || line.length() == LONGEST_LINE) {
                        told(line);
                    }
                }
                if (!line.isEmpty()) {
                    told(line);
                }
            } catch (IOException | UncheckedIOException e) {
                log.debug("output of a killed program ended: {}", e.toString());
            }
        }

        private void told(StringBuilder line) {
            String text = line.toString();
            line.setLength(0);
            append(text);
            onLine.accept(text);
        }

        private synchronized void append(String line) {
            kept.append(line).append('\n');
            if (kept.length() > 2 * KEPT_CHARACTERS) {
                kept.delete(0, kept.length() - KEPT_CHARACTERS);
            }
        }

        synchronized String text() {
            return kept.toString();
        }
    }
}
