package io.toomai.postgres.data;

import io.toomai.postgres.os.NativeSignals;
import io.toomai.postgres.os.ProcessExit;
import io.toomai.postgres.os.ProcessTable;
import io.toomai.postgres.os.Signal;
import io.toomai.postgres.os.Signals;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Programs that a crashed agent left at work on a data directory: they would go on writing into
/// what is made anew.
final class LeftoverPrograms {
    private static final Logger log = LoggerFactory.getLogger(LeftoverPrograms.class);
    private static final Set<String> PROGRAMS = Set.of("initdb", "pg_basebackup", "pg_rewind");

    private LeftoverPrograms() {}

    /// Ends them all, within the time-out each.
    static void end(Path dataDirectory, Duration timeout) {
        Signals signals = new NativeSignals();
        for (ProcessTable.Entry entry : ProcessTable.all()) {
            if (entry.isAlive()
                    && PROGRAMS.contains(entry.command())
                    && worksOn(entry.pid(), dataDirectory)) {
                log.warn("ending {} pid={}, left by an agent before", entry.command(), entry.pid());
                signals.send(entry.pid(), Signal.KILL);
                ProcessExit.waitFor(entry.pid(), timeout);
            }
        }
    }

    private static boolean worksOn(long pid, Path dataDirectory) {
        List<String> words = ProcessTable.words(pid);
        return words.stream()
                .filter(word -> word.startsWith("/"))
                .anyMatch(word -> Path.of(word).startsWith(dataDirectory));
    }
}
