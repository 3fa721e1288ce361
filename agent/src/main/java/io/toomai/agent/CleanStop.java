package io.toomai.agent;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The shutdown hook. A signal asks for a clean stop; the hook holds the process until that is done
/// and lets it end with the agent's own status: the JVM's would be 143, which supervisors take for
/// a failure.
final class CleanStop {
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    private final Agent agent;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile int status = 1;

    CleanStop(Agent agent) {
        this.agent = agent;
    }

    Thread hook() {
        return Thread.ofPlatform().name("stop").unstarted(this::stop);
    }

    /// The agent has ended, by itself or because the hook asked it.
    ///
    /// @return that status
    int ended(int exitStatus) {
        status = exitStatus;
        ended.countDown();
        return exitStatus;
    }

    private void stop() {
        if (ended.getCount() == 0) {
            return; // the process ends because the agent has
        }
        agent.stop();
        try {
            if (ended.await(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS)) {
                Runtime.getRuntime().halt(status); // style: a hook cannot set the status otherwise
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
