package io.toomai.cli.demo;

import io.toomai.cli.demo.Signals.Signal;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Ends a demo: asks its agents to stop (they stop their PostgreSQL), then kills what is left below
/// its folder. Needs nothing but the folder, so it works for a demo that another process started.
final class Shutdown {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final long LOOK_MILLIS = 100;

    private Shutdown() {}

    /// How it went, for the operator.
    enum Result {
        NOTHING_RAN,
        STOPPED,
        /// Something had to be killed.
        KILLED
    }

    static Result stop(Path folder) {
        List<Long> agents = Signals.agents(folder);
        if (agents.isEmpty() && Signals.servers(folder).isEmpty()) {
            return Result.NOTHING_RAN;
        }
        // A frozen process must run to be able to stop.
        Signals.send(Signal.CONT, all(folder));
        Signals.send(Signal.TERM, agents);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        var tick = new CountDownLatch(1);
        boolean agentsLeft = true;
        while (agentsLeft && System.nanoTime() < deadline) {
            try {
                agentsLeft =
                        !tick.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)
                                && !Signals.agents(folder).isEmpty();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        Result result = Result.STOPPED;
        // Twice: a dying agent may just have started a server.
        for (int i = 0; i < 2; i++) {
            List<Long> left = all(folder);
            if (!left.isEmpty()) {
                Signals.send(Signal.KILL, left);
                result = Result.KILLED;
            }
        }
        return result;
    }

    private static List<Long> all(Path folder) {
        var pids = new ArrayList<>(Signals.agents(folder));
        pids.addAll(Signals.servers(folder));
        return pids;
    }

    /// Removes a folder with everything in it; does not follow links.
    static void remove(Path folder) throws IOException {
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.deleteIfExists(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException problem) {
                        return FileVisitResult.CONTINUE; // gone meanwhile
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path inner, @org.jspecify.annotations.Nullable IOException problem)
                            throws IOException {
                        Files.deleteIfExists(inner);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
