package io.toomai.agent.citus;

import io.toomai.core.citus.WantedGroup;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/// What the keeper of `pg_dist_node` does next. At most one errand for each group: a later one
/// takes the place of an earlier. While traffic of a group waits only that group's errands are run,
/// until one of them or the time ends the wait. Not thread-safe.
final class Agenda {
    private final Map<Integer, Errand> errands = new LinkedHashMap<>();
    private Optional<Wait> wait = Optional.empty();
    private MonoTime nextLook;

    Agenda(MonoTime now) {
        this.nextLook = now;
    }

    /// What a group's leader has asked for.
    ///
    /// @param done counted down when the errand was run, or never will be
    record Errand(WantedGroup wanted, Ending ending, Duration cooldown, CountDownLatch done) {
        int group() {
            return wanted.group();
        }
    }

    /// What becomes of the transaction in which the errand is run.
    sealed interface Ending {
        record Commit() implements Ending {}

        /// It stays open, and traffic to the group waits for the next errand.
        ///
        /// @param limit then it is rolled back
        record StayOpen(Duration limit) implements Ending {}
    }

    private record Wait(int group, MonoTime until) {}

    /// One thing to do.
    sealed interface Step {
        record Run(Errand errand) implements Step {}

        /// The group's next errand has not come in time.
        record RollBack(int group) implements Step {}

        /// Compare the table with what the store says of all groups.
        record Look() implements Step {}

        record Rest(MonoTime until) implements Step {}
    }

    void add(Errand errand) {
        Optional.ofNullable(errands.remove(errand.group())).ifPresent(e -> e.done().countDown());
        errands.put(errand.group(), errand);
    }

    /// What is run or begun counts as done.
    Step next(MonoTime now, Duration betweenLooks) {
        if (wait.isPresent()) {
            return whileWaiting(wait.get(), now);
        }
        Optional<Errand> errand =
                Optional.ofNullable(errands.get(0)) // everybody else is reached through it
                        .or(() -> errands.values().stream().findFirst());
        if (errand.isPresent()) {
            errands.remove(errand.get().group());
            return new Step.Run(errand.get());
        }
        if (now.isBefore(nextLook)) {
            return new Step.Rest(nextLook);
        }
        nextLook = now.plus(betweenLooks);
        return new Step.Look();
    }

    private Step whileWaiting(Wait open, MonoTime now) {
        Errand errand = errands.remove(open.group());
        if (errand != null) {
            return new Step.Run(errand);
        }
        if (now.isBefore(open.until())) {
            return new Step.Rest(open.until());
        }
        wait = Optional.empty();
        nextLook = now;
        return new Step.RollBack(open.group());
    }

    /// Traffic of the group waits from now on.
    void waits(int group, MonoTime until) {
        wait = Optional.of(new Wait(group, until));
    }

    /// Traffic flows again.
    ///
    /// @param look when the next look is due
    void flows(MonoTime look) {
        wait = Optional.empty();
        nextLook = look;
    }

    /// Forgets everything; nobody waits for it any more.
    void clear(MonoTime now) {
        errands.values().forEach(errand -> errand.done().countDown());
        errands.clear();
        flows(now);
    }
}
