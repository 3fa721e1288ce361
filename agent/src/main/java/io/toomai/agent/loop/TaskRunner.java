package io.toomai.agent.loop;

import io.toomai.core.ha.LongTask;
import io.toomai.core.model.MonoTime;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the one piece of long work beside the loop and tells how it goes. At most one at a time.
public final class TaskRunner {
    private static final Logger log = LoggerFactory.getLogger(TaskRunner.class);

    private final Supplier<MonoTime> clock;
    private final Runnable onEnd;
    private final Object lock = new Object();
    private LongTask state = LongTask.NOTHING_YET;
    private Thread worker = Thread.currentThread();

    /// @param onEnd called when a task has ended
    public TaskRunner(Supplier<MonoTime> clock, Runnable onEnd) {
        this.clock = clock;
        this.onEnd = onEnd;
    }

    /// A body that reports its progress.
    @FunctionalInterface
    public interface Work {
        void run(Consumer<String> progress);
    }

    /// What runs, or how the last one ended.
    public LongTask state() {
        synchronized (lock) {
            return state;
        }
    }

    /// Waits until nothing runs, or the time is over.
    public LongTask awaitEnd(java.time.Duration limit) {
        MonoTime end = clock.get().plus(limit);
        synchronized (lock) {
            while (state instanceof LongTask.Running) {
                long left = end.since(clock.get()).toMillis();
                if (left <= 0) {
                    break;
                }
                try {
                    lock.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    break;
                }
            }
            return state;
        }
    }

    /// Starts the work unless something else runs.
    ///
    /// @return false when something else runs
    boolean start(LongTask.Kind kind, Work work) {
        synchronized (lock) {
            if (state instanceof LongTask.Running) {
                return false;
            }
            state = new LongTask.Running(kind, clock.get(), "begun");
            worker =
                    Thread.ofPlatform()
                            .name("task-" + kind.text().replace(' ', '-'))
                            .daemon()
                            .start(() -> run(kind, work));
            return true;
        }
    }

    /// Asks the work to stop; it ends as failed, soon.
    public void cancel() {
        synchronized (lock) {
            if (state instanceof LongTask.Running) {
                worker.interrupt();
            }
        }
    }

    private void run(LongTask.Kind kind, Work work) {
        LongTask.Outcome outcome;
        try {
            work.run(text -> progress(kind, text));
            outcome = new LongTask.Outcome.Succeeded(kind, clock.get());
        } catch (RuntimeException e) {
            String why = e.getMessage() == null ? e.toString() : e.getMessage();
            log.warn("{} failed: {}", kind.text(), why);
            log.debug("{} failed", kind.text(), e);
            outcome = new LongTask.Outcome.Failed(kind, clock.get(), why);
        } catch (Error e) {
            log.error("{} failed", kind.text(), e);
            outcome = new LongTask.Outcome.Failed(kind, clock.get(), e.toString());
        }
        synchronized (lock) {
            state = new LongTask.Idle(outcome);
            lock.notifyAll();
        }
        onEnd.run();
    }

    private void progress(LongTask.Kind kind, String text) {
        synchronized (lock) {
            if (state instanceof LongTask.Running(var running, var since, _) && running == kind) {
                state = new LongTask.Running(kind, since, text);
            }
        }
    }
}
