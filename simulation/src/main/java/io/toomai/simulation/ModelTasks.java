package io.toomai.simulation;

import io.toomai.core.ha.LongTask;
import java.util.Optional;
import java.util.function.Consumer;

/// The long work of one agent process: one task at a time.
final class ModelTasks {
    private final ModelAgent agent;
    private LongTask task = LongTask.NOTHING_YET;
    private int number;

    ModelTasks(ModelAgent agent) {
        this.agent = agent;
    }

    LongTask current() {
        return task;
    }

    /// Why no other task can begin now.
    Optional<String> busy() {
        return task instanceof LongTask.Running running
                ? Optional.of(running.kind().text() + " is running")
                : Optional.empty();
    }

    /// Begins a task; the answer ends it, with the reason of a failure.
    Consumer<Optional<String>> begin(LongTask.Kind kind) {
        int mine = ++number;
        int life = agent.process.life();
        task = new LongTask.Running(kind, agent.clock.mono(), "");
        return failure -> {
            if (mine == number && life == agent.process.life()) {
                agent.process.inThisLife(() -> end(kind, failure)).run();
            }
        };
    }

    /// Ends what runs, as failed.
    void fail(String why) {
        if (task instanceof LongTask.Running running) {
            end(running.kind(), Optional.of(why));
        }
    }

    private void end(LongTask.Kind kind, Optional<String> failure) {
        number++;
        task =
                new LongTask.Idle(
                        failure.<LongTask.Outcome>map(why ->
                                        new LongTask.Outcome.Failed(kind, agent.clock.mono(), why))
                                .orElseGet(() ->
                                        new LongTask.Outcome.Succeeded(kind, agent.clock.mono())));
        agent.wake();
    }
}
