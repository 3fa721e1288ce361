package io.toomai.postgres.data;

import io.toomai.postgres.os.NativeSignals;
import io.toomai.postgres.os.ProcessExit;
import io.toomai.postgres.os.ProcessTable;
import io.toomai.postgres.os.Signal;
import io.toomai.postgres.os.Signals;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Programs that a crashed agent left at work on a data directory: they would go on writing into
/// what is made anew.
final class LeftoverPrograms {
    private static final Logger log = LoggerFactory.getLogger(LeftoverPrograms.class);
    private static final Set<String> PROGRAMS = Set.of("initdb", "pg_basebackup", "pg_rewind");

    /// A command of the operator's may be any program and start others: what it runs with tells it.
    private static final String MARK = "TOOMAI_FILLS";

    private LeftoverPrograms() {}

    /// Variables for a command that fills the directory, so that it is found if it is left behind.
    static Map<String, String> marks(Path dataDirectory) {
        return Map.of(MARK, mark(dataDirectory));
    }

    private static boolean isMarked(long pid, Path dataDirectory) {
        return ProcessTable.hasVariable(pid, MARK, mark(dataDirectory));
    }

    /// In ASCII, for /proc tells no encoding. The URI of a directory that exists ends with a slash.
    private static String mark(Path dataDirectory) {
        return dataDirectory.toUri().toASCIIString().replaceFirst("/$", "");
    }

    /// Ends them all, within the time-out each.
    static void end(Path dataDirectory, Duration timeout) {
        Signals signals = new NativeSignals();
        for (ProcessTable.Entry entry : ProcessTable.all()) {
            if (entry.isAlive()
                    && (isKnownAndWorksOn(entry, dataDirectory)
                            || isMarked(entry.pid(), dataDirectory))) {
                log.warn("ending {} pid={}, left by an agent before", entry.command(), entry.pid());
                signals.send(entry.pid(), Signal.KILL);
                ProcessExit.waitFor(entry.pid(), timeout);
            }
        }
    }

    private static boolean isKnownAndWorksOn(ProcessTable.Entry entry, Path dataDirectory) {
        return PROGRAMS.contains(entry.command())
                && ProcessTable.words(entry.pid()).stream()
                        .filter(word -> word.startsWith("/"))
                        .anyMatch(word -> Path.of(word).startsWith(dataDirectory));
    }
}
