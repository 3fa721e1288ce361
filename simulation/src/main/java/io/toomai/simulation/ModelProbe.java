package io.toomai.simulation;

import io.toomai.core.ha.Serving;
import java.time.Duration;
import java.util.Optional;

/// The probe of one agent process: checks again and again whether its primary serves, with the
/// paces of `ServingWatch` in postgres.
final class ModelProbe {
    private final ModelAgent agent;
    private final World world;
    private final ModelPostgres postgres;
    private final long pause;
    private final long deadline;
    private final long retry;
    private Serving latest = new Serving.NotProbed();

    ModelProbe(ModelAgent agent, World world) {
        this.agent = agent;
        this.world = world;
        this.postgres = agent.postgres;
        Duration timeout = world.scenario().settings().detection().probeTimeout();
        this.pause = timeout.toMillis() / 5;
        this.deadline = timeout.toMillis() * 2 / 5;
        this.retry = timeout.toMillis() / 20;
    }

    Serving latest() {
        return latest;
    }

    void begin() {
        agent.process.after(world.chance().between(1, pause), this::check);
    }

    private void check() {
        if (postgres.run != ModelPostgres.Run.PRIMARY) {
            found(new Serving.NotProbed(), pause);
        } else if (postgres.trouble().isEmpty()) {
            found(new Serving.Serves(), pause);
        } else {
            int server = postgres.starts();
            long begun = world.agenda().now();
            agent.process.after(deadline, () -> judge(server, begun));
        }
    }

    private void judge(int server, long begun) {
        Optional<Serving.Trouble> trouble = postgres.trouble();
        if (server != postgres.starts()) {
            found(new Serving.NotProbed(), retry);
        } else if (trouble.isEmpty()) {
            found(new Serving.Serves(), pause);
        } else {
            found(latest.failed(trouble.get(), Agenda.mono(begun), "no answer"), retry);
        }
    }

    private void found(Serving now, long next) {
        boolean news = now.isDoubtful() != latest.isDoubtful();
        latest = now;
        if (news) {
            agent.wake();
        }
        agent.process.after(next, this::check);
    }
}
