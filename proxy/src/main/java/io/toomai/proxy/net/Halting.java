package io.toomai.proxy.net;

import io.toomai.proxy.console.Command;
import io.toomai.proxy.console.Halts;
import io.toomai.proxy.console.Halts.Halt;
import io.toomai.proxy.console.Halts.Manner;
import io.toomai.proxy.console.Halts.Progress;
import io.toomai.proxy.console.Halts.Tie;
import io.toomai.proxy.console.Orders.Outcome;
import io.toomai.proxy.console.Orders.Owner;
import io.toomai.proxy.console.Overview.Condition;
import io.toomai.proxy.net.Brake.Reason;
import io.toomai.proxy.net.Standstill.Extent;
import io.toomai.proxy.net.Wing.Patience;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stops the pools of all wings and lets them go on, and answers when what was ordered is so. What
/// takes time is looked at by the tick. Belongs to the first wing's event loop.
final class Halting {
    private static final Logger log = LoggerFactory.getLogger(Halting.class);

    private final Premises premises;
    private final Halts halts = new Halts();
    private final List<Waiting> waiting = new ArrayList<>();

    /// An order that is not done yet.
    ///
    /// @param about what a RESUME ends; nothing where it does not
    /// @param isDone asked on each wing's loop
    private record Waiting(
            Owner owner, Optional<Halted> about, Predicate<Wing> isDone, Consumer<Outcome> then) {}

    /// @param order for messages
    /// @param database absent for all
    private record Halted(String order, Optional<String> database) {}

    Halting(Premises premises) {
        this.premises = premises;
    }

    List<Halts.Named> all() {
        return halts.all();
    }

    /// Whether a database is stopped, by itself or with all.
    boolean holds(String database) {
        return halts.ofAll().isPresent() || halts.of(Optional.of(database)).isPresent();
    }

    Tie tie() {
        return Tie.of(premises.configuration().settings().values().text("pause_owner"));
    }

    Condition condition() {
        return halts.ofAll()
                .map(halt ->
                        halt.manner() == Manner.SUSPEND ? Condition.SUSPENDED : Condition.PAUSED)
                .orElse(Condition.ACTIVE);
    }

    void pause(Command.Pause order, Owner by, Consumer<Outcome> then) {
        if (halts.ofAll().isPresent()) {
            then.accept(new Outcome.Refused("already suspended/paused"));
            return;
        }
        Optional<String> database = order.database();
        halts.add(database, new Halt(Manner.PAUSE, by, System.nanoTime(), Progress.WAITING));
        tell(wing -> wing.pools().of(database).forEach(ServerPool::pause));
        await(
                new Waiting(
                        by,
                        Optional.of(new Halted("PAUSE", database)),
                        all(pool -> pool.servers() == 0, database),
                        outcome -> {
                            if (outcome instanceof Outcome.Done) {
                                halts.complete(database);
                            }
                            then.accept(outcome);
                        }));
    }

    /// Nobody's wish any more but that of the process, which ends: no console undoes it, be it by
    /// leaving or by canceling.
    void pauseUntilTheEnd(Owner by) {
        Owner process = new Owner(Owner.PROCESS, by.name());
        if (condition() == Condition.SUSPENDED) { // a free server could not be closed
            end(Optional.empty(), "the proxy is shutting down", () -> {});
        }
        halts.ofAll()
                .ifPresentOrElse(
                        halt -> halts.add(Optional.empty(), halt.of(process)),
                        () -> pause(new Command.Pause(Optional.empty()), process, _ -> {}));
    }

    /// Done when no server is left that is to be closed when it is free.
    void waitClose(Optional<String> database, Owner by, Consumer<Outcome> then) {
        await(new Waiting(by, Optional.empty(), all(pool -> !pool.hasStale(), database), then));
    }

    /// Whether that is true of all pools of a database, on all wings.
    ///
    /// @param database absent for all
    private Predicate<Wing> all(Predicate<ServerPool> what, Optional<String> database) {
        return wing -> wing.pools().of(database).allMatch(what);
    }

    /// Each wing hears what is stopped from now on, and does something about it.
    private void tell(Consumer<Wing> what) {
        tell(what, () -> {});
    }

    private void tell(Consumer<Wing> what, Runnable then) {
        Standstill now = standstill();
        premises.wings()
                .tell(
                        wing -> {
                            wing.standstill(now);
                            what.accept(wing);
                        },
                        then);
    }

    private Standstill standstill() {
        Set<String> databases =
                halts.all().stream()
                        .flatMap(halt -> halt.database().stream())
                        .collect(Collectors.toSet());
        return new Standstill(
                switch (condition()) {
                    case ACTIVE -> Extent.NOTHING;
                    case PAUSED -> Extent.ALL_POOLS;
                    case SUSPENDED -> Extent.ALL_CONNECTIONS;
                },
                databases);
    }

    private void await(Waiting one) {
        waiting.add(one);
        look(one);
    }

    /// Answers if it is done on all wings and still wanted.
    private void look(Waiting one) {
        premises.wings()
                .ask(
                        one.isDone()::test,
                        answers -> {
                            if (!answers.contains(false) && waiting.remove(one)) {
                                one.then().accept(new Outcome.Done());
                            }
                        });
    }

    /// To be called a few times each second.
    void tick() {
        List.copyOf(waiting).forEach(this::look);
    }

    void resume(Optional<String> database, Consumer<Outcome> then) {
        boolean was =
                end(database, "it was ended by a RESUME", () -> then.accept(new Outcome.Done()));
        if (!was) {
            then.accept(
                    new Outcome.Refused(
                            database.map(name -> "database " + name + " is not paused")
                                    .orElse("pooler is not paused/suspended")));
        }
    }

    /// Whoever still waits for it to be complete hears that it is over.
    ///
    /// @param then run when all wings go on
    /// @return whether there was one; if not, nothing happens
    private boolean end(Optional<String> database, String why, Runnable then) {
        boolean wasSuspended = condition() == Condition.SUSPENDED;
        if (!halts.end(database)) {
            return false;
        }
        Standstill left = standstill();
        tell(
                wing -> {
                    if (wasSuspended && database.isEmpty()) {
                        wing.brakes(brake -> brake.release(Reason.SUSPENDED));
                    }
                    long now = System.nanoTime();
                    wing.pools()
                            .of(database)
                            .filter(pool -> !left.holds(pool.name().database()))
                            .forEach(pool -> pool.resume(now));
                },
                then);
        for (Waiting one : List.copyOf(waiting)) {
            Optional<Halted> halt = one.about().filter(its -> its.database().equals(database));
            if (halt.isPresent() && waiting.remove(one)) {
                one.then()
                        .accept(
                                new Outcome.Refused(
                                        halt.get().order() + " is not complete: " + why));
            }
        }
        return true;
    }

    void kill(Optional<String> database, Owner by, Consumer<Outcome> then) {
        if (halts.ofAll().isPresent()) {
            then.accept(new Outcome.Refused("already suspended/paused"));
            return;
        }
        premises.wings()
                .ask(
                        wing ->
                                wing.pools()
                                        .of(database)
                                        .map(pool -> pool.name().database())
                                        .toList(),
                        names -> {
                            Halt halt =
                                    new Halt(Manner.KILL, by, System.nanoTime(), Progress.COMPLETE);
                            Stream.concat(database.stream(), names.stream().flatMap(List::stream))
                                    .forEach(name -> halts.add(Optional.of(name), halt));
                            tell(
                                    wing -> {
                                        List<ServerPool> pools = wing.pools().of(database).toList();
                                        pools.forEach(ServerPool::pause);
                                        pools.forEach(pool -> pool.kill("admin forced disconnect"));
                                        wing.replication()
                                                .end(name ->
                                                        database.isEmpty()
                                                                || name.equals(database.get()));
                                    },
                                    () -> then.accept(new Outcome.Done()));
                        });
    }

    /// Nothing is read any more. Done when what was read before has left, or when those that do not
    /// take it have been closed: `suspend_timeout`.
    void suspend(Owner by, Consumer<Outcome> then) {
        if (halts.ofAll().isPresent()) {
            then.accept(new Outcome.Refused("already suspended/paused"));
            return;
        }
        if (!halts.all().isEmpty()) {
            then.accept(new Outcome.Refused("cannot suspend with paused databases"));
            return;
        }
        long since = System.nanoTime();
        halts.add(Optional.empty(), new Halt(Manner.SUSPEND, by, since, Progress.WAITING));
        tell(wing -> wing.brakes(brake -> brake.hold(Reason.SUSPENDED)));
        await(
                new Waiting(
                        by,
                        Optional.of(new Halted("SUSPEND", Optional.empty())),
                        wing -> wing.hasLeft(patience(System.nanoTime() - since)),
                        outcome -> {
                            if (outcome instanceof Outcome.Done) {
                                halts.complete(Optional.empty());
                            }
                            then.accept(outcome);
                        }));
    }

    /// Whoever does not take what was read is closed in the end. Thread safe.
    private Patience patience(long waited) {
        long most = premises.configuration().settings().values().time("suspend_timeout").toNanos();
        return most > 0 && waited >= most ? Patience.IS_OVER : Patience.LASTS;
    }

    /// Its owner does not want to wait for it: what is stopped by its wish goes on.
    void cancel(Owner owner) {
        for (Waiting one : List.copyOf(waiting)) {
            if (one.owner().number() != owner.number()) {
                continue;
            }
            Optional<Halted> own =
                    one.about()
                            .filter(halted ->
                                    halts.of(halted.database())
                                            .filter(halt -> halt.isOf(owner))
                                            .isPresent());
            if (own.isPresent()) {
                end(own.get().database(), "it was canceled", () -> {});
            } else if (waiting.remove(one)) {
                one.then()
                        .accept(
                                new Outcome.Refused(
                                        "57014", "canceling statement due to user request"));
            }
        }
    }

    /// Its owner is gone: nobody is to be answered.
    void left(Owner owner) {
        waiting.removeIf(one -> one.owner().number() == owner.number());
        for (Optional<String> database : halts.endingWith(owner, tie())) {
            log.info(
                    "{}: RESUME, because {} left, who had paused it",
                    database.orElse("all databases"),
                    owner.name());
            end(database, "whoever ordered it is gone", () -> {});
        }
    }
}
