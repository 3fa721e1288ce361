package io.toomai.agent.hooks;

import io.toomai.core.model.MemberName;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.os.Script;
import io.toomai.postgres.os.ShellWords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs one callback at a time beside everything else: a new one kills the one that runs, with its
/// children, and replaces one that waits. Who orders a callback never waits, not even for a kill.
/// Thread safe.
final class CallbackLane {
    private static final Logger log = LoggerFactory.getLogger(CallbackLane.class);

    /// As long as it likes, as with Patroni: nothing depends on its end, and the next one ends it.
    private static final Duration UNLIMITED = Duration.ofNanos(Long.MAX_VALUE);

    private final MemberName member;
    private final Object lock = new Object();
    private Optional<Order> waiting = Optional.empty();
    private Optional<Order> skipped = Optional.empty();
    private Optional<Thread> worker = Optional.empty();

    CallbackLane(MemberName member) {
        this.member = member;
    }

    /// A command that was ordered.
    ///
    /// @param line as the settings hold it
    /// @param arguments added to its words
    record Order(String setting, String line, List<String> arguments) {
        private String told() {
            return "callback `" + line + " " + String.join(" ", arguments) + "`";
        }

        private List<String> words() {
            List<String> words = new ArrayList<>(ShellWords.split(line, setting));
            words.addAll(arguments);
            return words;
        }
    }

    void run(Order order) {
        synchronized (lock) {
            skipped = waiting;
            waiting = Optional.of(order);
            if (worker.isPresent()) {
                worker.get().interrupt();
            } else {
                worker =
                        Optional.of(
                                Thread.ofVirtual().name(member + " callbacks").start(this::work));
            }
        }
    }

    /// Waits until nothing runs, or the time is over.
    ///
    /// @return whether nothing runs
    boolean awaitEnd(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        synchronized (lock) {
            long left = patience.toMillis();
            while (worker.isPresent() && left > 0) {
                lock.wait(left);
                left = (end - System.nanoTime()) / 1_000_000;
            }
            return worker.isEmpty();
        }
    }

    private void work() {
        Optional<Order> mine = next();
        while (mine.isPresent()) {
            perform(mine.get());
            mine = next();
        }
    }

    private Optional<Order> next() {
        Optional<Order> mine;
        Optional<Order> lost;
        synchronized (lock) {
            Thread.interrupted(); // whoever interrupted has left what is taken now
            mine = waiting;
            lost = skipped;
            waiting = Optional.empty();
            skipped = Optional.empty();
            if (mine.isEmpty()) {
                worker = Optional.empty();
                lock.notifyAll();
            }
        }
        lost.ifPresent(order ->
                log.warn(
                        "{} hooks: {} is skipped: another followed before it began",
                        member,
                        order.told()));
        return mine;
    }

    private void perform(Order order) {
        try {
            Script script = Script.start(order.words());
            try {
                tell(order, script.await(UNLIMITED));
            } catch (InterruptedException e) {
                script.kill();
                log.warn(
                        "{} hooks: {} was still running and is killed: another follows",
                        member,
                        order.told());
            }
        } catch (PostgresException e) {
            log.warn("{} hooks: {} was not run: {}", member, order.told(), e.getMessage());
        }
    }

    private void tell(Order order, Script.Result result) {
        if (result.succeeded()) {
            log.info("{} hooks: {} ended: {}", member, order.told(), result.explanation());
        } else {
            log.warn(
                    "{} hooks: {} failed: {}. What it was to do may not be done; {} names it",
                    member,
                    order.told(),
                    result.explanation(),
                    order.setting());
        }
    }
}
